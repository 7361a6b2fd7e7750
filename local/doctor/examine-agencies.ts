import * as z from 'zod';
import { ENTRIES_PER_PAGE } from '../../lib/admin/entries-per-page.ts';
import { ALERT_KINDS, type AlertKind } from '../../lib/alerts/alert.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';

/** Runs an administrative verb. */
export type RunVerb = (payload: Record<string, unknown>) => Promise<unknown>;

/** More agencies than this are too many to check one by one. */
const ASKED = 50;
/** With work at the same time behind one address: each takes six of thirty tokens an hour. */
const AGENCIES_PER_ADDRESS = 5;

const listed = z.array(z.looseObject({ domain: z.string(), status: z.string() }));
const shown = z.looseObject({
  firefish: z.looseObject({
    reachable: z.boolean(),
    missingScopes: z.array(z.string()),
    down: z.string().optional(),
    downSince: z.string().optional(),
  }),
  alerts: z.array(z.looseObject({ alert: z.enum(ALERT_KINDS), since: z.string() })),
});

const ADVICE = {
  'credentials-refused': (domain: string) =>
    `firefish-credentials --domain ${domain} with new ones; see docs/operations.md`,
  'breaker-open': (domain: string) =>
    `usually nothing: it is tried again by itself; show --domain ${domain} tells more`,
  'events-failed': (domain: string) => `failed --domain ${domain} says why; then replay`,
} satisfies Record<AlertKind, (domain: string) => string>;

export async function examineAgencies(run: RunVerb, egressId?: string): Promise<Finding[]> {
  const agencies = (await listAll(run)).filter(({ status }) => status === 'enabled');
  const findings: Finding[] = [];
  for (const { domain } of agencies.slice(0, ASKED)) findings.push(...(await examineAgency(run, domain)));
  const rest = agencies.length - ASKED;
  return [
    ...(rest > 0 ? [unknown('agencies', `${rest} more were not asked`, 'show --domain D asks one')] : []),
    ...(findings.length > 0
      ? findings
      : [ok('agencies', `${agencies.length} enabled, all is well with those asked`)]),
    examineTokens(agencies.length, egressId),
  ];
}

async function listAll(run: RunVerb): Promise<z.infer<typeof listed>> {
  const agencies: z.infer<typeof listed> = [];
  for (;;) {
    const after = agencies.at(-1)?.domain;
    const page = listed.parse(await run({ verb: 'list', ...(after === undefined ? {} : { after }) }));
    agencies.push(...page);
    if (page.length < ENTRIES_PER_PAGE) return agencies;
  }
}

async function examineAgency(run: RunVerb, domain: string): Promise<Finding[]> {
  const { firefish, alerts } = shown.parse(await run({ verb: 'show', domain }));
  const { missingScopes, down, downSince } = firefish;
  const told = alerts.map(({ alert, since }) =>
    wrong(domain, `${alert} since ${since}`, ADVICE[alert](domain)),
  );
  return [
    ...told,
    ...(down === undefined || alerts.some(({ alert }) => alert === alertOf(down))
      ? []
      : [beforeItIsTold(domain, down, `Firefish is out of reach (${down}) since ${downSince ?? '?'}`)]),
    ...(missingScopes.length === 0
      ? []
      : [
          wrong(
            domain,
            `scopes are missing: ${missingScopes.join(', ')}`,
            'have them ticked in the Custom API profile in Firefish',
          ),
        ]),
  ];
}

const REFUSED = 'credentials';
const alertOf = (down: string): string => (down === REFUSED ? 'credentials-refused' : 'breaker-open');

/** An outage of less than ten minutes usually ends by itself; refused credentials never do. */
const beforeItIsTold = (domain: string, down: string, found: string): Finding =>
  down === REFUSED
    ? wrong(domain, found, ADVICE['credentials-refused'](domain))
    : unknown(domain, found, 'it is tried again by itself: ask again');

function examineTokens(agencies: number, egressId: string | undefined): Finding {
  const behind = egressId === undefined ? 'one address' : `the address "${egressId}"`;
  const found = `${agencies} ${agencies === 1 ? 'agency' : 'agencies'} behind ${behind}; ${AGENCIES_PER_ADDRESS} can work at the same time`;
  if (agencies <= AGENCIES_PER_ADDRESS) return ok('token budget', found);
  return unknown(
    'token budget',
    found,
    'if events are deferred for tokens: more addresses; see docs/deploy.md',
  );
}
