/** Events of every type, about people whose names and addresses can be found wherever they are written. */

/** What must not be readable in any table, queue, log or alert. */
export const PERSONAL = ['person.example', 'Quartermaine', 'Wilhelmina', '7700900', 'hydrangea'];

let count = 0;

export interface SampleEvent {
  id: string;
  type: string;
  [member: string]: unknown;
}

export function event(type: string, rest: object): SampleEvent {
  count += 1;
  const occurredAt = new Date(Date.now() - 60_000 + count).toISOString();
  return { id: `event-${count}`, type, occurredAt, actor: { email: 'recruiter@person.example' }, ...rest };
}

/** @param name makes the id and the address; the person is the same wherever it is said again */
export const person = (name: string, rest: object = {}): { record: object } => ({
  record: {
    candidateId: `sw_${name}`,
    kind: 'candidate',
    firstName: 'Wilhelmina',
    lastName: `Quartermaine ${name}`,
    emails: [`${name}@person.example`],
    ...rest,
  },
});

const ANN = person('ann');
const GAMMA = { id: 'sw_c1', name: 'Gamma', domain: 'gamma.example' };

/** What an event of each kind of type says, by the first part of the type. */
const CONTENT: Record<string, (type: string) => object> = {
  record: () => person('ann', { role: 'Lead', emails: ['ann@person.example', 'ann2@person.example'] }),
  campaign: () => ({ ...ANN, campaign: { id: 'c1', name: 'Autumn', step: 1 } }),
  note: () => ({ ...ANN, note: { id: 'n1', text: 'Likes hydrangea', channel: 'call' } }),
  marketing: () => ({ ...ANN, marketing: { channels: ['email'] } }),
  email: () => ({ ...ANN, email: 'ann2@person.example' }),
  phone: () => ({ ...ANN, phone: '+44 7700 900123' }),
  company: (type) => ({ company: type.endsWith('updated') ? { ...GAMMA, name: 'Gamma Group' } : GAMMA }),
  domain: () => ({ domain: 'second.example' }),
};

/** @throws Error if a type is of no kind that is known here */
export function eventOf(type: string): SampleEvent {
  const content = CONTENT[type.split('.')[0] ?? ''];
  if (content === undefined) throw new Error(`people.ts knows no event of type ${type}: say what one holds`);
  return event(type, content(type));
}
