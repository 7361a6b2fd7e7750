/** Bodies to begin with. A test posts each of them. */
import { EVENT_TYPE_NAMES, EVENT_TYPES } from '../../events/event-types.ts';

export const TOKEN_EXAMPLE = { grant_type: 'client_credentials' };
export const CONNECT_EXAMPLE = { domain: 'https://acme.firefishsoftware.com/' };

export const DOCUMENT_EXAMPLE = { name: 'Bo Li.pdf', contentType: 'application/pdf', size: 48_213 };

export const EVENT_EXAMPLES = {
  record: { summary: 'A contact was created', value: EVENT_TYPES['record.created'].example },
  list: {
    summary: 'One event of each type',
    value: { events: EVENT_TYPE_NAMES.map((type) => EVENT_TYPES[type].example) },
  },
};
