import { describe, expect, it } from '@jest/globals';
import { contentHash } from '../../../lib/events/content-hash.ts';

const event = {
  id: 'e-1',
  type: 'record.created',
  occurredAt: '2026-01-01T00:00:00Z',
  actor: { email: 'a@acme.example' },
  record: { candidateId: 'c', kind: 'contact', emails: ['ann@client.example'], education: [{ school: 'S' }] },
};
const withRecord = (more: object): object => ({ ...event, record: { ...event.record, ...more } });

describe('the content hash of an event', () => {
  it.each([
    ['unknown members', { ...event, attempt: 2, sentAt: 'now' }],
    ['unknown members of its record', withRecord({ stage: 'Replied', lastSentTo: 1 })],
    ['an unknown member of the actor', { ...event, actor: { ...event.actor, name: 'A' } }],
    ['gender and dominantRace', withRecord({ gender: 'f', dominantRace: 'x' })],
    ['the order of keys', Object.fromEntries(Object.entries(event).reverse())],
    [
      'the order of inner keys',
      { ...event, record: Object.fromEntries(Object.entries(event.record).reverse()) },
    ],
    ['null, which is not said', withRecord({ role: null })],
    ['the id, by which it is looked up', { ...event, id: 'e-2' }],
  ])('does not change with %s', (_, other) => {
    expect(contentHash(other)).toBe(contentHash(event));
  });

  it.each([
    ['a value', withRecord({ kind: 'candidate' })],
    ['the spelling of a value', withRecord({ emails: ['Ann@client.example'] })],
    ['a member that was not said', withRecord({ comments: 'new' })],
    ['a cleared member', withRecord({ role: '' })],
    ['the order of a list', withRecord({ emails: ['b@x.example', 'ann@client.example'] })],
    ['something inside a list', withRecord({ education: [{ school: 'T' }] })],
    ['the time', { ...event, occurredAt: '2026-01-01T00:00:00.000Z' }],
    ['the type', { ...event, type: 'record.updated' }],
    ['the actor', { ...event, actor: { email: 'b@acme.example' } }],
    ['the origin', { ...event, origin: 'automation' }],
  ])('changes with %s', (_, other) => {
    expect(contentHash(other)).not.toBe(contentHash(event));
  });

  it('is a SHA-256 in hex, for any nesting', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    expect(contentHash({ ...event, company: { address: deep } })).toMatch(/^[0-9a-f]{64}$/);
  });
});
