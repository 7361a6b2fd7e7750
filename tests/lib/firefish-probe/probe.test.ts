import type { TenantId } from '../../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import { probe, type Finding } from '../../../lib/firefish-probe/probe.ts';
import { type Quirk, QUIRKS, type Quirks } from '../../../local/firefish-simulator/quirks.ts';
import type { Switches } from '../../../local/firefish-simulator/simulator.ts';
import { plainCipher } from '../../support/harness.ts';
import { TurnStage as Stage } from '../firefish/turn-stage.ts';

async function run(
  quirks: Quirks,
  write: boolean,
  before: (stage: Stage) => void = () => undefined,
): Promise<{ findings: Finding[]; stage: Stage; ms: number }> {
  const stage = new Stage({}, { quirks });
  stage.addProfile();
  before(stage);
  stage.simulator.seed('acme', {
    companies: [{ Ref: 3, Name: 'Initech', Website: 'https://initech.example' }],
    candidates: [
      { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann.lee@lee.example', CreatedDaysAgo: 900 },
      {
        FirstName: 'Bo',
        Surname: 'Lee',
        EmailAddress: 'bo@lee.example',
        CreatedDaysAgo: 90,
        IsArchived: true,
      },
    ],
    contacts: [
      { FirstName: 'Cy', Surname: 'Lee', EmailAddress: 'cy@lee.example', CompanyRef: 3, CreatedDaysAgo: 20 },
    ],
  });
  const { clock, table, config, fetch } = stage;
  const deps = { ...{ clock, table, config, fetch }, cipher: plainCipher };
  const credentials = { tenantId: 'acme' as TenantId, clientId: 'acme', clientSecret: 'acme-secret' };
  const collect = async (): Promise<Finding[]> => {
    const findings: Finding[] = [];
    for await (const finding of probe({ ...deps, ...credentials }, { write })) findings.push(finding);
    return findings;
  };
  const start = clock.now();
  return { findings: await clock.run(collect()), stage, ms: clock.now() - start };
}

const differences = (findings: readonly Finding[]): Finding[] => findings.filter(({ same }) => same !== true);

describe('the probe', () => {
  test('finds no difference if Firefish is as assumed, and leaves no live record behind', async () => {
    const { findings, stage } = await run({}, true);
    expect(differences(findings)).toEqual([]);
    const { candidates, contacts, companies } = stage.simulator.state('acme');
    for (const made of [candidates.slice(2), contacts.slice(1), companies.slice(1)].flat()) {
      expect(made.IsArchived).toBe(true);
    }
  });

  test('asks the open questions first, the most important ones before the others', async () => {
    const { findings } = await run({}, true);
    const questions = [
      'A new contact requires',
      "The product's contact form",
      '`PUT` exists',
      'Query parameters',
    ];
    questions.push('Rows come newest', ...Array<string>(3).fill('Candidates: a bare array'));
    questions.push('Firefish may refuse', 'Firefish may refuse', ...Array<string>(3).fill('A note:'));
    expect(findings.slice(0, questions.length).map(({ line }, n) => line.startsWith(questions[n]!))).toEqual(
      questions.map(() => true),
    );
  });

  const answers: [Partial<Switches>, string, RegExp][] = [
    [{ contactsNeedCompany: true }, 'A new contact requires', /^status 400/],
    [{ contactsNeedCompany: false }, 'A new contact requires', /^created: set contactsNeedCompany to false$/],
    [{ contactsHaveLinkedIn: false }, "The product's contact form", /^status 400/],
    [{ contactsHaveLinkedIn: true }, "The product's contact form", /^taken: write LinkedIn/],
    [
      { put: 'whole' },
      '`PUT` exists',
      /^status 400.+; afterwards Source "SourceWhale", EmailMarketing false$/,
    ],
    [{ put: 'sent' }, '`PUT` exists', /^status 204; afterwards Source "SourceWhale", EmailMarketing false$/],
    [{ unknownParameters: 'ignored' }, 'Query parameters', /^ignored/],
    [{ shape: 'paged' }, 'Candidates: a bare array', /^an envelope; with paging an envelope$/],
    [
      { shape: 'seen' },
      'Candidates: a bare array',
      /^an array in an array; with paging an array in an array$/,
    ],
    [{ owners: [] }, 'Firefish may refuse', /^status 400/],
    [{ owners: null }, 'Firefish may refuse', /^accepted$/],
  ];
  test.each(answers)('finds out about %p', async (switches, question, found) => {
    const { findings } = await run({}, true, (stage) => {
      stage.simulator.switch('acme', switches);
    });
    expect(findings.find(({ line }) => line.startsWith(question))?.found).toMatch(found);
  });

  test('only reads, within all limits, unless it is told to write', async () => {
    const { findings, stage } = await run({}, false);
    expect(differences(findings)).toEqual([]);
    const endpoints = stage.simulator.calls().map(({ endpoint }) => endpoint);
    expect(endpoints.filter((one) => !one.startsWith('GET') && !one.includes('token'))).toEqual([]);
    expect(stage.refusedByLimit()).toBe(0);
  });

  test('ends within one invocation, with its records archived, however slow Firefish is', async () => {
    const slow = await run({}, true, (stage) => {
      stage.latencyMs = () => 900;
      stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '30', endpoint: /search/, times: 9 });
    });
    expect(slow.ms).toBeLessThan(55_000);
    expect(slow.findings.filter(({ same }) => same === false)).toEqual([]);
    expect(slow.findings.at(-1)).toMatchObject({ found: 'no time left for it: run it again in a minute' });
    const { candidates, contacts, companies } = slow.stage.simulator.state('acme');
    for (const made of [candidates.slice(2), contacts.slice(1), companies.slice(1)].flat()) {
      expect(made.IsArchived).toBe(true);
    }
  });

  test.each(Object.keys(QUIRKS) as Quirk[])('notices a Firefish that differs in %s', async (quirk) => {
    const { findings } = await run({ [quirk]: true }, true);
    const plain = (text: string): string => text.replaceAll(/[`*"]/g, '');
    // The lines are named in part; whatever else rests on a broken one may differ as well.
    const [named = ''] = plain(QUIRKS[quirk])
      .split('…')
      .map((part) => part.trim().replace(/[:;,.]$/, ''));
    const lines = findings.filter(({ same }) => same === false).map(({ line }) => plain(line));
    expect(lines).toContainEqual(expect.stringContaining(named.slice(0, 35)));
  });

  test('reports what it could not check', async () => {
    const stage = new Stage();
    stage.addProfile();
    const { clock, table, config, fetch } = stage;
    const found: Finding[] = [];
    const all = async (): Promise<void> => {
      const deps = { clock, table, config, fetch, cipher: plainCipher };
      const credentials = { tenantId: 'acme' as TenantId, clientId: 'acme', clientSecret: 'acme-secret' };
      for await (const finding of probe({ ...deps, ...credentials }, { write: false })) found.push(finding);
    };
    await clock.run(all());
    expect(found.filter(({ same }) => same === false)).toEqual([]);
    expect(found.filter(({ same }) => same === undefined).length).toBeGreaterThan(5);
  });
});
