/** Random histories of people who share addresses and whose names contradict: what must hold in any order of arrival. */
import { innerId } from '../../../lib/events/inner-id.ts';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDecisions } from '../../../lib/admin/events/decisions.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { instant, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness, TENANT_ID } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SHARED = 'info@client.example';
/** Each person has two names, which agree; the names of two people contradict. */
const PEOPLE = [
  { id: 'ann', own: 'ann@client.example', names: ['Ann Moor', 'Ann Pike'] },
  { id: 'ben', own: 'ben@client.example', names: ['Ben Hale', 'Bob Hale'] },
  { id: 'kim', own: 'kim@client.example', names: ['Kim Dale', 'Kim Orr'] },
] as const;
const TYPES = [
  ...['record.created', 'record.updated', 'record.updated', 'record.created'],
  ...['marketing.opted_out', 'marketing.opted_in', 'note.added'],
] as const;

const sketch = fc.record({
  type: fc.constantFrom(...TYPES),
  person: fc.nat(2),
  version: fc.nat(1),
  arrival: fc.nat(999),
  role: fc.constantFrom('Lead', 'Head', 'Buyer'),
});
/** Each person always lists the same addresses; later addresses are tested elsewhere. */
type Listing = 'shared' | 'both' | 'own';
const listings = fc.array(fc.constantFrom<Listing[]>('shared', 'shared', 'both', 'own'), {
  minLength: 3,
  maxLength: 3,
});
type Sketch = (typeof sketch extends fc.Arbitrary<infer Value> ? Value : never) & { emails: Listing };

const seeds = fc.array(fc.record({ person: fc.nat(2), optedIn: fc.boolean(), own: fc.boolean() }), {
  maxLength: 3,
});

const personOf = ({ person }: { person: number }) => PEOPLE[person as 0 | 1 | 2];

function eventOf(one: Sketch, minute: number): SourceWhaleEvent {
  const { id, own, names } = personOf(one);
  const [firstName = '', lastName = ''] = (names[one.version as 0 | 1] ?? '').split(' ');
  const emails = { shared: [SHARED], both: [own, SHARED], own: [own] }[one.emails];
  return makeEvent(one.type, minute, {
    record: {
      ...{ candidateId: id, kind: 'contact', company: 'Client', firstName, lastName, emails },
      role: one.role,
    },
    ...(one.type === 'note.added' && {
      note: { id: `n-${String(minute)}`, text: `Note ${String(minute)}`, channel: 'email' },
    }),
  });
}

const familyOf = (name: string): string =>
  PEOPLE.find(({ names }) => names.some((one) => name.split(' ').some((word) => one.includes(word))))?.id ??
  '';

interface Contact {
  Ref: number;
  FirstName: string;
  Surname: string;
  EmailAddress: string | null;
  EmailMarketing: boolean;
  JobTitle: string | null;
}

interface Decided {
  as: 'someone-else' | 'same-person';
  /** After this many arrivals, if something waits then; what waits in the end is always decided. */
  after: number;
}

async function endOf(
  seeded: readonly Contact[],
  arriving: readonly SourceWhaleEvent[],
  { as, after }: Decided = { as: 'someone-else', after: Infinity },
) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  const rows = seeded.map((row) => ({ ...row, CreatedDaysAgo: 10 }));
  harness.simulator.seed(AGENCY, { candidates: [], contacts: rows, companies: [] }); // a seed's rows
  let decisions = 0;
  const decide = async (): Promise<void> => {
    for (;;) {
      const [first] = await clock.run(readDecisions(harness.table, TENANT_ID));
      if (first === undefined) return;
      decisions += 1;
      if (decisions > 20) throw new Error('a decision does not end the wait');
      const [record] = first.records;
      await clock.run(
        harness.intake.acceptInternal(TENANT_ID, {
          ...{
            type: 'internal.decide',
            id: innerId(`decision-${String(decisions)}`),
            occurredAt: instant(0),
          },
          ...{ eventId: innerId(first.event), as },
          ...(as === 'same-person' &&
            record !== undefined && { match: { kind: 'contact' as const, ref: record.ref } }),
        }),
      );
      await drainTurns(harness, clock);
    }
  };
  const contacts = (): Contact[] =>
    structuredClone(harness.simulator.state(AGENCY).contacts) as unknown as Contact[];
  for (const [place, event] of arriving.entries()) {
    await clock.run(harness.receive([event]));
    await drainTurns(harness, clock);
    if (place + 1 === after) await decide();
  }
  const undecided = contacts();
  await decide();
  return { undecided, decided: contacts() };
}

const comparable = (contacts: readonly Contact[]): string[] =>
  contacts.map(({ FirstName, Surname, JobTitle }) => `${FirstName} ${Surname}, ${String(JobTitle)}`).sort();

const RUNS = 60;

it('no record gets a contradicting name, consent stays with its people, and decisions make the order of arrival irrelevant', async () => {
  const property = fc.asyncProperty(
    seeds,
    fc.array(sketch, { minLength: 2, maxLength: 10 }),
    listings,
    async (before, drawn, listed) => {
      const sketches = drawn.map((one): Sketch => ({ ...one, emails: listed[one.person] ?? 'shared' }));
      const seeded = before.map((one, n): Contact => {
        const [FirstName = '', Surname = ''] = personOf(one).names[0].split(' ');
        const EmailAddress = one.own ? personOf(one).own : SHARED;
        return {
          Ref: 201 + n,
          FirstName,
          Surname,
          EmailAddress,
          EmailMarketing: one.optedIn,
          JobTitle: null,
        };
      });
      const events = sketches.map(eventOf);
      const shuffled = events
        .map((event, n) => ({ event, arrival: sketches[n]?.arrival ?? 0 }))
        .sort((a, b) => a.arrival - b.arrival)
        .map(({ event }) => event);

      const end = await endOf(seeded, shuffled);

      for (const { undecided, decided } of [end])
        for (const contacts of [undecided, decided])
          for (const { Ref, FirstName, Surname } of seeded) {
            const now = contacts.find((one) => one.Ref === Ref);
            expect(familyOf(`${now?.FirstName ?? ''} ${now?.Surname ?? ''}`)).toBe(
              familyOf(`${FirstName} ${Surname}`),
            );
          }
      for (const { FirstName, Surname, EmailMarketing, EmailAddress, Ref } of end.undecided) {
        const family = familyOf(`${FirstName} ${Surname}`);
        const wasIn = seeded.some((one) => one.Ref === Ref && one.EmailMarketing);
        const word = (type: string) => (one: Sketch) => one.type === `marketing.${type}`;
        const isOptedIn = sketches.some((one) => word('opted_in')(one) && personOf(one).id === family);
        if (EmailMarketing && !wasIn && !isOptedIn) throw new Error(`${String(Ref)} was opted in by another`);
        const isOptedOut = sketches.some(
          (one) =>
            word('opted_out')(one) &&
            (one.emails === 'own' ? [personOf(one).own] : [SHARED]).includes(EmailAddress ?? ''),
        );
        if (EmailMarketing && isOptedOut && !isOptedIn) throw new Error(`${String(Ref)}: an opt-out is lost`);
      }
      const calm = await endOf(seeded, events);
      expect(comparable(end.decided)).toEqual(comparable(calm.decided));
    },
  );
  const result = await fc.check(property, {
    seed: Number(process.env['SEED'] ?? 20_261_129),
    numRuns: RUNS,
    interruptAfterTimeLimit: 100_000,
  });
  expect(
    result.failed ? `${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}` : '',
  ).toBe('');
}, 240_000);

/** The state of a contact after all decisions: who it is, the newest values, consent, and notes. */
async function wholeEnd(seeded: readonly Contact[], arriving: readonly SourceWhaleEvent[], decided: Decided) {
  const { decided: contacts } = await endOf(seeded, arriving, decided);
  return contacts.map(({ FirstName, Surname, JobTitle, EmailMarketing }) =>
    [FirstName, Surname, JobTitle, EmailMarketing].join(' '),
  );
}

it('a decision leads to the same state whenever it is made, and in whatever order the events arrive', async () => {
  const ben = fc.array(
    sketch.map((one) => ({ ...one, person: 1 })),
    { minLength: 1, maxLength: 8 },
  );
  const property = fc.asyncProperty(
    ben,
    fc.constantFrom<Listing[]>('shared', 'both'),
    fc.constantFrom<Decided['as'][]>('same-person', 'someone-else'),
    fc.nat(8),
    fc.boolean(),
    async (drawn, emails, as, after, optedIn) => {
      const ann: Contact = {
        ...{ Ref: 201, FirstName: 'Ann', Surname: 'Moor', EmailAddress: SHARED },
        ...{ EmailMarketing: optedIn, JobTitle: null },
      };
      const events = drawn.map((one, minute) => eventOf({ ...one, emails }, minute));
      const arriving = events
        .map((event, n) => ({ event, arrival: drawn[n]?.arrival ?? 0 }))
        .sort((a, b) => a.arrival - b.arrival)
        .map(({ event }) => event);

      const calm = await wholeEnd([ann], events, { as, after: Infinity });
      expect(await wholeEnd([ann], arriving, { as, after })).toEqual(calm);
    },
  );
  const result = await fc.check(property, {
    seed: Number(process.env['SEED'] ?? 20_261_130),
    numRuns: RUNS,
    interruptAfterTimeLimit: 100_000,
  });
  expect(
    result.failed ? `${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}` : '',
  ).toBe('');
}, 240_000);
