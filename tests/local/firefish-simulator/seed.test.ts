import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Journal } from '../../../local/firefish-simulator/journal.ts';
import type { FirefishSeed } from '../../../local/firefish-simulator/simulator.ts';
import { ANN, CLIENT, visit, Visitor } from './visitor.ts';

describe('seed', () => {
  test('a record has the given age and the given marketing fields', () => {
    const { simulator } = new Visitor();
    simulator.seed('a', {
      candidates: [{ FirstName: 'Ann', SmsMarketing: false, CreatedDaysAgo: 10, UpdatedDaysAgo: 1 }],
    });
    expect(simulator.state('a').candidates).toMatchObject([
      {
        Ref: 1,
        FirstName: 'Ann',
        Surname: null,
        EmailMarketing: true,
        SmsMarketing: false,
        IsArchived: false,
        Created: '2026-11-13T10:00:00.000Z',
        Updated: '2026-11-22T10:00:00.000Z',
      },
    ]);
  });

  test('a Ref can be given; the next one follows the greatest', async () => {
    const visitor = await visit();
    visitor.simulator.seed(CLIENT, { companies: [{ Ref: 40, Name: 'Acme' }, { Name: 'Next' }] });
    expect(visitor.simulator.state(CLIENT).companies.map(({ Ref }) => Ref)).toEqual([40, 41]);
    expect(() => {
      visitor.simulator.seed(CLIENT, { companies: [{ Ref: 40, Name: 'Again' }] });
    }).toThrow('The Ref 40 is taken.');
  });

  test('contacts can name a company of the same seed', () => {
    const { simulator } = new Visitor();
    simulator.seed('a', { contacts: [{ Surname: 'Roe', CompanyRef: 1 }], companies: [{ Name: 'Acme' }] });
    expect(simulator.state('a').contacts).toMatchObject([{ Surname: 'Roe', CompanyName: 'Acme' }]);
  });

  test.each([
    [{ contacts: [{ HomeNumber: '1' }] }, 'HomeNumber is not a field of contacts.'],
    [{ candidates: [{ IsArchived: 'no' }] }, 'The field IsArchived must be true or false.'],
    [{ candidates: [{ CreatedDaysAgo: -1 }] }, 'CreatedDaysAgo'],
    [{ contacts: [{ CompanyRef: 1 }] }, 'There is no company with the Ref 1.'],
    [{ people: [] }, 'people'],
  ])('a value that no record can have is refused: %p', (seed, message) => {
    expect(() => {
      // As JSON from outside may be: the types know better.
      new Visitor().simulator.seed('a', seed as FirefishSeed);
    }).toThrow(message);
  });
});

describe('a journal', () => {
  async function kept(directory: string): Promise<Visitor> {
    const journal = new Journal(directory);
    const visitor = await visit({
      onChange: (agency, change) => {
        journal.append(agency, change);
      },
    });
    journal.restoreInto(visitor.simulator);
    return visitor;
  }

  test('restores everything that was answered, and the next Ref follows, even after a line that was cut short', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'firefish-journal-'));
    try {
      const first = await kept(join(directory, 'data'));
      await first.create('candidates', ANN);
      await first.call('PATCH', '/candidates/1', { JobTitle: 'Buyer' });
      await first.call('POST', '/candidates/1/activity/notes', { Note: 'one' });
      await first.call('POST', '/candidates/1/activity/notes', { Note: 'two' });
      await first.create('candidates', ANN);
      first.simulator.delete(CLIENT, 'candidates', 2);
      const before = first.simulator.state(CLIENT);
      const file = join(directory, 'data', 'changes.jsonl');
      writeFileSync(file, `${readFileSync(file, 'utf8')}{"agency":"ff-`);

      const second = await kept(join(directory, 'data'));
      expect(second.simulator.state(CLIENT)).toEqual(before);
      expect(await second.create('candidates', ANN)).toBe(3);
      const third = await kept(join(directory, 'data'));
      expect(third.simulator.state(CLIENT)).toEqual(second.simulator.state(CLIENT));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
