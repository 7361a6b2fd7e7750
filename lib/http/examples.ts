/** Bodies to begin with. A test posts each of them. */
const occurredAt = '2026-09-23T10:15:30.120Z';
const actor = { email: 'recruiter@acme.example' };

export const TOKEN_EXAMPLE = { grant_type: 'client_credentials' };
export const CONNECT_EXAMPLE = { domain: 'https://acme.firefishsoftware.com/' };

export const EVENT_EXAMPLES = {
  record: {
    summary: 'A contact was edited',
    value: {
      id: 'example-1',
      type: 'record.updated',
      occurredAt,
      actor,
      record: { candidateId: 'sw_8271', kind: 'contact', firstName: 'Ann', emails: ['ann@client.example'] },
    },
  },
  list: {
    summary: 'Several events at once',
    value: {
      events: [
        {
          id: 'example-2',
          type: 'campaign.replied',
          occurredAt,
          actor,
          record: { candidateId: 'sw_8272', kind: 'candidate', name: 'Bo Li', emails: ['bo@home.example'] },
          campaign: { id: 'c_1', name: 'Rust developers' },
        },
        {
          id: 'example-3',
          type: 'note.added',
          occurredAt,
          actor,
          record: { candidateId: 'sw_8272', kind: 'candidate' },
          note: { id: 'n_1', text: 'Free from March.', channel: 'call' },
        },
        {
          id: 'example-4',
          type: 'marketing.opted_out',
          occurredAt,
          record: { candidateId: 'sw_8272', kind: 'candidate', emails: ['bo@home.example'] },
          marketing: { channels: ['email'] },
        },
        {
          id: 'example-5',
          type: 'company.updated',
          occurredAt,
          company: { id: 'co_1', name: 'Client Ltd', website: 'https://client.example' },
        },
        { id: 'example-6', type: 'domain.opted_out', occurredAt, domain: 'client.example' },
      ],
    },
  },
};
