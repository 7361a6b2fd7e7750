/** Rule 3 and rule 1: if several records of one kind are the person's, or match, the outcome names them. */
import { describe, expect, it } from '@jest/globals';
import type { SourceWhaleEvent } from '../support/former-event.ts';
import { ann, annAsContact, optOut, say, seededCandidate, seededContact, seedOf } from './cases/case.ts';
import type { Seed } from './ideal.ts';
import { makeInProcessSystem } from './system.ts';
import { chanceOf } from './turns.ts';

async function outcomeAfter(seed: Partial<Seed>, steps: SourceWhaleEvent[]) {
  const system = await makeInProcessSystem({
    seed: seedOf(seed),
    settings: {},
    workers: 1,
    random: chanceOf(7),
  });
  for (const step of steps) {
    await system.deliver([step]);
    await system.settle();
  }
  return system.outcome(steps.at(-1)?.id ?? '');
}

const twins = [seededCandidate(101, 'ann@x.example'), seededCandidate(102, 'ann@x.example')];

describe('an outcome has an ambiguous note with the refs', () => {
  it('if several records of one kind match', async () => {
    const outcome = await outcomeAfter({ candidates: twins }, [say('e1', 1, 'record.updated', ann())]);

    expect(outcome).toMatchObject({
      state: 'synced',
      notes: ['ambiguous: candidates 101, 102; 101 was used', 'matched: candidate 101 by e-mail address'],
    });
  });

  it('if a known person gets an address that another record has, too', async () => {
    const outcome = await outcomeAfter({ candidates: [seededCandidate(101, 'alt@x.example')] }, [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.updated', ann({ emails: ['ann@x.example', 'alt@x.example'], role: 'Lead' })),
    ]);

    expect(outcome).toMatchObject({
      state: 'synced',
      notes: ['ambiguous: candidates 101, 102; 102 was used', 'matched: candidate 102 by link'],
    });
  });

  it('if an opt-out changes records besides the person’s own', async () => {
    const outcome = await outcomeAfter({ candidates: twins }, [
      say('e1', 1, 'record.updated', ann()),
      optOut('e2', 2, ann()),
    ]);

    expect(outcome?.notes).toContain('ambiguous: candidates 101, 102; 101 was used');
  });

  it('if two known persons turn out to be one, and both records are updated', async () => {
    const outcome = await outcomeAfter({}, [
      say('e1', 1, 'record.created', ann({ emails: ['a@x.example'] })),
      say('e2', 2, 'record.created', ann({ candidateId: 'sw_2', emails: ['b@x.example'] })),
      say('e3', 3, 'record.updated', ann({ emails: ['a@x.example', 'b@x.example'], role: 'Lead' })),
    ]);

    expect(outcome?.notes).toContain('ambiguous: candidates 1, 2; 1, 2 were used');
  });

  it('but not if a person is a candidate and a contact', async () => {
    const outcome = await outcomeAfter(
      {
        candidates: [seededCandidate(101, 'ann@x.example')],
        contacts: [seededContact(201, 'ann@x.example')],
      },
      [say('e1', 1, 'record.updated', annAsContact())],
    );

    expect(outcome?.notes).toEqual([
      'matched: candidate 101 by e-mail address',
      'matched: contact 201 by e-mail address',
    ]);
  });
});
