/** Which code works on which type of event. A type without a handler does not compile. */
import { companyHandler } from './companies/company-handler.ts';
import { domainHandler } from './domains/domain-handler.ts';
import { decideHandler } from './internal/decide-handler.ts';
import { dismissHandler } from './internal/dismiss-handler.ts';
import { eraseHandler } from './internal/erase-handler.ts';
import { exportHandler } from './internal/export-handler.ts';
import { replayHandler } from './internal/replay-handler.ts';
import { personHandler } from './people/person-handler.ts';
import type { EventHandlers } from './turn/turn-context.ts';

export const EVENT_HANDLERS = {
  'record.created': personHandler,
  'record.updated': personHandler,
  'record.synced': personHandler,
  'campaign.added': personHandler,
  'campaign.messaged': personHandler,
  'campaign.opened': personHandler,
  'campaign.clicked': personHandler,
  'campaign.replied': personHandler,
  'campaign.interested': personHandler,
  'campaign.meeting_booked': personHandler,
  'campaign.not_interested': personHandler,
  'campaign.bounced': personHandler,
  'campaign.finished': personHandler,
  'document.added': personHandler,
  'note.added': personHandler,
  'marketing.opted_out': personHandler,
  'marketing.opted_in': personHandler,
  'email.flagged': personHandler,
  'phone.flagged': personHandler,
  'company.created': companyHandler,
  'company.updated': companyHandler,
  'domain.opted_out': domainHandler,
  'domain.opted_in': domainHandler,
  'internal.erase': eraseHandler,
  'internal.export': exportHandler,
  'internal.replay': replayHandler,
  'internal.dismiss': dismissHandler,
  'internal.decide': decideHandler,
} satisfies EventHandlers;
