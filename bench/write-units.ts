/** What an event of each kind costs in DynamoDB write units, by its formula: in bulk, and alone. */
import type { TenantId } from '../lib/ids.ts';
import { createHash } from 'node:crypto';
import type { Cipher } from '../lib/crypto/cipher.ts';
import { open, seal } from '../lib/crypto/gcm.ts';
import type { SourceWhaleEvent } from '../tests/support/former-event.ts';
import { personEvent } from '../tests/support/people.ts';
import { Simulation } from '../tests/support/simulation.ts';

const TENANT = 't1' as TenantId;
const PEOPLE = 1_000;
const ALONE = 20;
/** Between single events: no turn is open any more. */
const APART_MS = 120_000;

const KEY = createHash('sha256').update('a key for the bench').digest();
/** About the size of a data key wrapped by KMS. */
const HEADER = new Uint8Array(190);
/** As large as with KMS in the cloud. */
export const cipher: Cipher = {
  encrypt: (plaintext, binding) => Promise.resolve(seal(KEY, binding, HEADER, plaintext)),
  decrypt: (ciphertext, binding) => Promise.resolve(open(KEY, binding, HEADER.length, ciphertext)),
  isCurrent: () => Promise.resolve(true),
};

/** 15 fields, about 1.25 kB as JSON. */
export const realistic = (n: number): Record<string, unknown> => ({
  salutation: 'Ms',
  firstName: 'Annabel',
  lastName: `Lee-Harrington ${String(n)}`,
  phones: ['+44 7700 900101', '+44 20 7946 0999'],
  role: 'Senior Product Marketing Manager',
  location: 'Manchester, Greater Manchester, United Kingdom',
  city: 'Manchester',
  state: 'Greater Manchester',
  postcode: 'M1 2AB',
  country: 'United Kingdom',
  socialLinks: [`https://www.linkedin.com/in/annabel-lee-harrington-${String(n)}`],
  headline: 'Product marketing for industrial software, from launch to renewal',
  summary:
    'Twelve years in product marketing at three software companies in the north of England. Led the launch of two ' +
    'products and a team of nine. Looking for a role with more responsibility for pricing, hybrid or remote, with a ' +
    'notice period of three months. Speaks English and German, and has worked in Leeds, Manchester and Munich. Prefers ' +
    'to be called in the afternoon; open to contract work from March; a former colleague of two people on the client side.',
  skills: ['Product marketing', 'Pricing', 'Launch planning', 'Team lead', 'SaaS', 'German'],
  source: 'LinkedIn Recruiter',
});

interface Kind {
  name: string;
  event: (n: number) => SourceWhaleEvent;
  /** Write units an event, at most. */
  bulk: number;
  alone: number;
}

const KINDS: Kind[] = [
  {
    name: 'new person',
    event: (n) => personEvent(TENANT, n, { record: realistic(n) }),
    bulk: 6,
    alone: 12,
  },
  {
    name: 'changed person',
    event: (n) =>
      personEvent(TENANT, n, {
        ...{ id: '-changed', type: 'record.updated' },
        record: { ...realistic(n), role: 'Director of Marketing' },
      }),
    bulk: 4,
    alone: 10,
  },
  {
    name: 'unchanged person',
    event: (n) =>
      personEvent(TENANT, n, {
        ...{ id: '-same', type: 'record.updated' },
        record: { ...realistic(n), role: 'Director of Marketing' },
      }),
    bulk: 3.2,
    alone: 9,
  },
];

export async function benchWriteUnits(): Promise<boolean> {
  const simulation = new Simulation({ cipher });
  const unitsOf = async (events: readonly SourceWhaleEvent[]): Promise<number> => {
    const before = simulation.table.totalUnits();
    simulation.push(TENANT, events);
    await simulation.untilAllEnded();
    await simulation.clock.advance(APART_MS);
    return (simulation.table.totalUnits() - before) / events.length;
  };
  let kept = true;
  const bytes = JSON.stringify(KINDS[0]?.event(1)).length;
  console.log(`DynamoDB write units an event of ${bytes} bytes:`);
  for (const { name, event, bulk, alone } of KINDS) {
    const inBulk = await unitsOf(Array.from({ length: PEOPLE }, (_, n) => event(n)));
    const lone: number[] = [];
    for (let n = PEOPLE; n < PEOPLE + ALONE; n += 1) lone.push(await unitsOf([event(n)]));
    const mean = lone.reduce((sum, units) => sum + units, 0) / ALONE;
    console.log(
      `  ${name}: in bulk ${inBulk.toFixed(2)} (at most ${bulk}), alone ${mean.toFixed(1)} (at most ${alone})`,
    );
    kept &&= inBulk <= bulk && mean <= alone;
  }
  console.log(`    the sweep deleted timer rows for ${String(simulation.table.sweptUnits)} units besides`);
  for (const [what, units] of simulation.table.units) console.log(`    ${String(units)} ${what}`);
  return kept && simulation.table.failed.length === 0;
}
