/** The main uses of the system, done once on the deployed functions, only through the contract's routes. */
import assert from 'node:assert/strict';
import { VERBS } from '../../lib/admin/verbs.ts';
import type { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import { signIn } from '../support/sign-in.ts';
import { type Act, ask, basic, SourceWhale, until } from './routes.ts';
import { event, eventOf, person } from './people.ts';

const DOMAIN = 'aws.firefishsoftware.com';
const FIREFISH = { firefishClientId: 'ff-aws', firefishClientSecret: 'ff-aws-secret' };
/** Another Custom API profile of the same agency. */
const SECOND = { firefishClientId: 'ff-second', firefishClientSecret: 'ff-second-secret' };

export interface Journey {
  /** Of the HTTP API. */
  url: string;
  simulator: FirefishSimulator;
  /** Administration by direct invocation, and by its route. */
  direct: Act;
  route: Act;
  /** Whether an alert has been sent. */
  told: () => boolean;
  /** Called with each secret as soon as it exists. */
  onSecret: (secret: string) => void;
}

type Step = (journey: Journey, sourceWhale: SourceWhale) => Promise<void>;

/** In this order: each finds what those before it left. */
export const STEPS: Record<string, Step> = {
  'routes answer, and accept valid credentials only': useTheRoutes,
  'agencies are enabled, move, and leave': comeAndGo,
  'events of every type end as they should': pushEveryType,
  'a document is uploaded, and given to Firefish': giveDocuments,
  'a contradicting name waits for a decision': decideAboutNames,
  'what Firefish refuses is parked': fail,
  'previews say what would be done': preview,
  'hiccups of Firefish are waited out': haveHiccups,
  'replaced credentials end an outage': replaceCredentials,
  'an alert reports failed events; they are replayed or dismissed': replay,
  'every verb works both ways': useEveryVerb,
  'the console shows and does what it should': useTheConsole,
  'nothing is kept of an agency that has left': removeWhoLeft,
};

export async function enable({ url, direct, onSecret }: Journey): Promise<SourceWhale> {
  for (const secret of [FIREFISH.firefishClientSecret]) onSecret(secret);
  const { clientId, clientSecret } = (await direct({
    verb: 'enable',
    domain: DOMAIN,
    ...FIREFISH,
  })) as Record<string, string>;
  assert.match(String(clientSecret), /^swsec_/);
  onSecret(String(clientSecret));
  return new SourceWhale(url, { clientId: String(clientId), clientSecret: String(clientSecret) });
}

async function useTheRoutes({ onSecret }: Journey, sourceWhale: SourceWhale): Promise<void> {
  const { base } = sourceWhale;
  assert.equal((await ask(base, 'GET', '/healthz')).status, 200);
  assert.equal((await ask(base, 'GET', '/problems/unauthorized')).status, 200);
  assert.equal((await ask(base, 'GET', '/v1/nothing')).status, 404);
  assert.equal((await sourceWhale.ask('GET', '/v1/connection')).body['status'], 'never-connected');
  const domain = `https://${DOMAIN}/`;
  const connected = await sourceWhale.ask('POST', '/v1/connection', { domain });
  assert.deepEqual([connected.status, connected.body['status']], [200, 'connected']);

  const grant = new URLSearchParams({ grant_type: 'client_credentials' });
  const token = await sourceWhale.ask('POST', '/oauth/token', grant);
  assert.equal(token.status, 200);
  const bearer = `Bearer ${String(token.body['access_token'])}`;
  onSecret(String(token.body['access_token']));
  const wrong = basic({ ...sourceWhale.credentials, clientSecret: 'swsec_wrong' });
  const events = [event('record.created', person('first'))];
  for (const [method, path, body] of [
    ['POST', '/v1/preview', { events }],
    ['POST', '/v1/documents', { name: 'cv.pdf', contentType: 'application/pdf', size: 10 }],
    ['POST', '/v1/events', { events }],
    ['GET', `/v1/events/${events[0]?.id ?? ''}`, undefined],
    ['GET', '/v1/batches/none', undefined],
    ['GET', '/v1/connection', undefined],
    ['POST', '/v1/connection', { domain }],
  ] as const) {
    assert.equal((await sourceWhale.ask(method, path, body, wrong)).status, 401, path);
    assert.notEqual((await sourceWhale.ask(method, path, body, bearer)).status, 401, path);
  }
  assert.equal((await sourceWhale.ask('POST', '/oauth/token', grant, wrong)).status, 401);
}

const WAYS = ['direct', 'route'] as const;

/** By now all tenants are disabled. A deletion ends 90 s after that at the earliest. */
async function comeAndGo(journey: Journey): Promise<void> {
  for (const way of WAYS) {
    const act = journey[way];
    const domain = `${way}.firefishsoftware.com`;
    const { clientId, clientSecret } = (await act({
      ...{ verb: 'enable', domain, firefishClientId: `ff-${way}`, firefishClientSecret: `ff-${way}-secret` },
      // The link of a record to a person is kept only if nobody is matched by address.
      settings: { mergeWithExisting: false },
    })) as Record<string, string>;
    const guest = new SourceWhale(journey.url, {
      ...{ clientId: String(clientId), clientSecret: String(clientSecret) },
    });
    for (const secret of [`ff-${way}-secret`, String(clientSecret)]) journey.onSecret(secret);
    const to = `moved-${domain}`;
    await act({ verb: 'move', domain, to });
    const token = await guest.ask(
      'POST',
      '/oauth/token',
      new URLSearchParams({ grant_type: 'client_credentials' }),
    );
    journey.onSecret(String(token.body['access_token']));
    const connected = await guest.ask('POST', '/v1/connection', { domain: `https://${to}/` });
    assert.equal(connected.body['status'], 'connected');
    const made = await guest.push([event('record.created', person(`guest-${way}`))]);
    assert.deepEqual(Object.values(await guest.ended(made)), ['synced']);
    const erased = await outcomeOf(act, { verb: 'erase', domain: to, email: `guest-${way}@person.example` });
    assert.deepEqual(erased, { erased: { people: 1, events: 1 } });
    // A document that is never given to Firefish is deleted with the agency.
    await askForUpload(guest, 'Wilhelmina Quartermaine.pdf');
    await act({ verb: 'disable', domain: to });
  }
}

async function removeWhoLeft(journey: Journey): Promise<void> {
  for (const way of WAYS) {
    const domain = `moved-${way}.firefishsoftware.com`;
    await until(`${domain} is gone`, async () => {
      const answer = await journey[way]({ verb: 'delete', domain, confirm: domain });
      return (answer as { done: boolean }).done || undefined;
    });
  }
  assert.doesNotMatch(JSON.stringify(await journey.direct({ verb: 'list' })), /moved-/);
}

/** Asks until the tenant's turn has answered: what takes longer than 20 s is `pending`, and asking again continues. */
function outcomeOf(act: Act, payload: Parameters<Act>[0]): Promise<unknown> {
  return until(`${payload.verb} is done`, async () => {
    const answer = await act(payload);
    const isPending = typeof answer === 'object' && answer !== null && 'pending' in answer;
    return isPending ? undefined : answer;
  });
}

/** The types that the system itself lists. */
async function knownTypes(base: string): Promise<string[]> {
  const { body } = await ask(base, 'GET', '/openapi.json');
  // Besides them, only example addresses look like that.
  const named = JSON.stringify(body).match(/"[a-z]+\.(?!example")[a-z_]+"/g) ?? [];
  const types = [...new Set(named)].map((type) => type.slice(1, -1));
  assert.ok(types.length >= 15, `only ${types.join(', ')}`);
  return types;
}

async function pushEveryType({ simulator }: Journey, sourceWhale: SourceWhale): Promise<void> {
  const created = [
    event('record.created', person('ann', { company: 'Acme', phones: ['+44 7700 900123'] })),
    event('record.created', person('con', { kind: 'contact', company: 'Beta Ltd' })),
    event('company.created', { company: { id: 'sw_c0', name: 'Alpha' } }),
    event('marketing.opted_out', { ...person('early'), marketing: {} }),
    event('domain.opted_out', { domain: 'person.example' }),
  ];
  const states = await sourceWhale.ended(await sourceWhale.push(created));
  assert.deepEqual(states[created[0]?.id ?? ''], 'synced');
  const types = await knownTypes(sourceWhale.base);
  const batch = await sourceWhale.push([
    ...types.filter((type) => !type.startsWith('document.')).map(eventOf),
    event('record.created', person('early')),
    event('domain.opted_in', { domain: 'person.example' }),
    // This person is unknown, and a note creates nobody.
    event('note.added', { ...person('nobody'), note: { id: 'n2', text: 'hydrangea', channel: 'call' } }),
    // Two known persons that turn out to be one.
    event('record.updated', person('con', { kind: 'contact', emails: ['ann@person.example'] })),
  ]);
  const ended = Object.values(await sourceWhale.ended(batch));
  assert.ok(!ended.includes('failed'), ended.join(' '));
  // A repeat changes nothing.
  await sourceWhale.ended(await sourceWhale.push(created));
  await sourceWhale.ended(
    await sourceWhale.push(Array.from({ length: 25 }, (_, n) => event('record.created', person(`n${n}`)))),
  );
  const { candidates } = simulator.state(FIREFISH.firefishClientId);
  const anns = candidates.filter(({ EmailAddress }) => EmailAddress === 'ann@person.example');
  assert.equal(anns.length, 1);
  assert.ok(candidates.length > 25, `${candidates.length} candidates`);
}

const PDF = Buffer.from('%PDF-1.4\n%%EOF\n');

/** @returns the id of a document that may be uploaded, and what to do for it */
async function askForUpload(
  sourceWhale: SourceWhale,
  name: string,
): Promise<{ documentId: string; upload: { method: string; url: string; headers: Record<string, string> } }> {
  const asked = { name, contentType: 'application/pdf', size: PDF.length };
  const { status, body } = await sourceWhale.ask('POST', '/v1/documents', asked);
  assert.equal(status, 201, JSON.stringify(body));
  return body as unknown as Awaited<ReturnType<typeof askForUpload>>; // as the contract says
}

async function giveDocuments({ simulator }: Journey, sourceWhale: SourceWhale): Promise<void> {
  const name = 'Wilhelmina Quartermaine.pdf';
  const of = person('cv');
  const [cv, lost] = [await askForUpload(sourceWhale, name), await askForUpload(sourceWhale, name)];
  const { method, url, headers } = cv.upload;
  const uploaded = await fetch(url, { method, headers, body: PDF });
  assert.ok(uploaded.ok, `${uploaded.status} ${await uploaded.text()}`);
  const events = [
    event('record.created', of),
    event('document.added', { ...of, document: { documentId: cv.documentId, name, type: 'cv' } }),
    // Nobody uploads it.
    event('document.added', { ...of, document: { documentId: lost.documentId, name, type: 'other' } }),
  ];
  const states = await sourceWhale.ended(await sourceWhale.push(events));
  assert.deepEqual(
    events.map(({ id }) => states[id]),
    ['synced', 'synced', 'failed'],
  );
  const { documents } = simulator.state(FIREFISH.firefishClientId);
  assert.deepEqual(
    documents.map((document) => document['Bytes']),
    [PDF.length],
  );
}

/** The address is on a record of someone else's name, once for each way to administer. */
async function decideAboutNames(
  { simulator, direct, route }: Journey,
  sourceWhale: SourceWhale,
): Promise<void> {
  for (const [way, act] of Object.entries({ direct, route })) {
    const email = `shared-${way}@person.example`;
    simulator.seed(FIREFISH.firefishClientId, {
      candidates: [{ FirstName: 'Bartholomew', Surname: 'Ogilvy', EmailAddress: email }],
    });
    const said = event('record.created', person(`shared-${way}`));
    const batchId = await sourceWhale.push([said]);
    assert.deepEqual(await sourceWhale.ended(batchId), { [said.id]: 'skipped' });
    const waiting = (await act({ verb: 'decisions', domain: DOMAIN })) as { event: string }[];
    assert.ok(
      waiting.some((one) => one.event === said.id),
      JSON.stringify(waiting),
    );
    const as = way === 'direct' ? 'same-person' : 'someone-else';
    await outcomeOf(act, { verb: 'decide', domain: DOMAIN, event: said.id, as });
    await until('the decision is in Firefish', async () => {
      const states = await sourceWhale.ended(batchId);
      return states[said.id] === 'synced' || undefined;
    });
  }
}

async function preview({ simulator }: Journey, sourceWhale: SourceWhale): Promise<void> {
  simulator.seed(FIREFISH.firefishClientId, { companies: [{ Name: 'Delta Ltd' }, { Name: 'Epsilon Ltd' }] });
  const events = [
    event('record.updated', person('ann', { role: 'Head' })),
    event('record.created', person('new', { kind: 'contact', company: 'Delta Ltd' })),
    event('company.updated', { company: { id: 'sw_c2', name: 'Epsilon Ltd', domain: 'epsilon.example' } }),
    event('domain.opted_out', { domain: 'person.example' }),
  ];
  // Its token is refused: it asks for another by itself.
  simulator.faults.add({ kind: 'status', status: 401 });
  const { status, body } = await sourceWhale.ask('POST', '/v1/preview', { events });
  assert.equal(status, 200);
  assert.equal((body['events'] as unknown[]).length, events.length);
}

async function haveHiccups({ simulator }: Journey, sourceWhale: SourceWhale): Promise<void> {
  for (const applied of [false, true]) simulator.faults.add({ kind: 'drop', applied });
  simulator.faults.add({ kind: 'status', status: 500 });
  simulator.faults.add({ kind: 'rate-limit', retryAfter: '2' });
  const people = Array.from({ length: 12 }, (_, n) => event('record.created', person(`unlucky${n}`)));
  const states = await sourceWhale.ended(await sourceWhale.push(people));
  assert.deepEqual([...new Set(Object.values(states))], ['synced']);
  const { candidates } = simulator.state(FIREFISH.firefishClientId);
  const unlucky = candidates.filter(
    ({ EmailAddress }) => typeof EmailAddress === 'string' && EmailAddress.startsWith('unlucky'),
  );
  assert.equal(unlucky.length, people.length);
}

/** Three events for each way to administer, and their batch. */
const parked = new Map<string, { batchId: string; ids: [string, string, string] }>();

async function fail({ simulator }: Journey, sourceWhale: SourceWhale): Promise<void> {
  for (const way of ['direct', 'route']) {
    const refused = ['a', 'b', 'c'].map((which) => event('record.created', person(`${way}-${which}`)));
    simulator.faults.add({
      ...{ kind: 'status', status: 400, times: refused.length },
      endpoint: /^POST .candidates.?$/,
      body: { Message: 'The database is full' },
    });
    const batchId = await sourceWhale.push(refused);
    const states = Object.values(await sourceWhale.ended(batchId));
    assert.deepEqual(states, ['failed', 'failed', 'failed']);
    const [a = '', b = '', c = ''] = refused.map(({ id }) => id);
    parked.set(way, { batchId, ids: [a, b, c] });
  }
  simulator.faults.add({
    ...{ kind: 'status', status: 400, endpoint: /^POST .companies.?$/, body: { Message: 'No more' } },
  });
  const company = event('company.created', { company: { id: 'sw_c9', name: 'Refused Ltd' } });
  const states = await sourceWhale.ended(await sourceWhale.push([company]));
  assert.deepEqual(Object.values(states), ['failed']);
}

async function replay({ direct, route, told }: Journey, sourceWhale: SourceWhale): Promise<void> {
  await until('the alert is sent', () => Promise.resolve(told() || undefined));
  for (const [way, act] of Object.entries({ direct, route })) {
    const { batchId, ids } = parked.get(way) ?? assert.fail(way);
    const listed = (await act({ verb: 'failed', domain: DOMAIN })) as { id: string }[];
    for (const id of ids) assert.ok(listed.some((one) => one.id === id));
    await outcomeOf(act, { verb: 'replay', domain: DOMAIN, event: ids[0] });
    await outcomeOf(act, { verb: 'dismiss', domain: DOMAIN, event: ids[1], reason: 'Not ours' });
    await outcomeOf(act, { verb: 'replay', domain: DOMAIN, event: ids[2] });
    const states = await sourceWhale.ended(batchId);
    assert.deepEqual([states[ids[0]], states[ids[2]]], ['synced', 'synced']);
  }
}

async function replaceCredentials(
  { simulator, direct, onSecret }: Journey,
  sourceWhale: SourceWhale,
): Promise<void> {
  // The tokens that are there are refused, and so is the asking for another.
  simulator.faults.add({ kind: 'status', status: 401, clientId: FIREFISH.firefishClientId, times: 500 });
  const batchId = await sourceWhale.push([event('record.created', person('patient'))]);
  await until('it waits for Firefish', async () => {
    const { body } = await sourceWhale.ask('GET', `/v1/batches/${batchId}`);
    return body['deferred'] === 1 || undefined;
  });
  simulator.addProfile({
    clientId: SECOND.firefishClientId,
    clientSecret: SECOND.firefishClientSecret,
    agency: FIREFISH.firefishClientId,
  });
  onSecret(SECOND.firefishClientSecret);
  await direct({ verb: 'firefish-credentials', domain: DOMAIN, ...SECOND });
  assert.deepEqual(Object.values(await sourceWhale.ended(batchId)), ['synced']);
  simulator.faults.clear();
}

/** What each verb is tried with; `undefined`: it is tried elsewhere in the journey, for both ways. */
function triedWith(email: string): Record<string, Record<string, unknown>[] | undefined> {
  const on = { domain: DOMAIN };
  return {
    ...{ enable: [], replay: undefined, failed: undefined, dismiss: undefined },
    ...{ move: undefined, delete: undefined, decide: undefined },
    settings: [on, { ...on, set: { createCompanies: false } }],
    list: [{}],
    show: [on],
    export: [{ ...on, email }],
    erase: [{ ...on, email }],
    'repeat-erasures': [on],
    probe: [on],
    reencrypt: [on, {}],
    // The key is in KMS, which rotates it itself: the verb says so.
    'rotate-encryption-key': [],
    decisions: [on],
    ambiguous: [on],
    'firefish-credentials': [{ ...on, ...FIREFISH }],
    rotate: [{ ...on, overlap: '24h' }],
    disable: [on],
  };
}

async function useEveryVerb(
  { direct, route, onSecret, url }: Journey,
  sourceWhale: SourceWhale,
): Promise<void> {
  for (const [act, name] of [
    [direct, 'ann'],
    [route, 'early'],
  ] as const) {
    const tries = triedWith(`${name}@person.example`);
    const untried = Object.keys(VERBS).filter((verb) => !(verb in tries));
    assert.deepEqual(untried, [], 'a verb that this journey does not know: say what to try it with');
    for (const [verb, payloads = []] of Object.entries(tries)) {
      if (!(verb in VERBS)) continue;
      for (const payload of payloads) {
        const answer = await outcomeOf(act, { verb, ...payload });
        if (verb === 'rotate') onSecret((answer as { clientSecret: string }).clientSecret);
        if (verb === 'export') assert.match(JSON.stringify(answer), new RegExp(`sw_${name}`));
      }
    }
    await assert.rejects(act({ verb: 'rotate-encryption-key' }), /KMS/);
    await until('a disabled tenant is no longer accepted', async () => {
      const { status } = await sourceWhale.ask('GET', '/v1/connection');
      return status === 401 || undefined;
    });
    const again = (await act({ verb: 'enable', domain: DOMAIN, ...FIREFISH })) as Record<string, string>;
    onSecret(String(again['clientSecret']));
    sourceWhale.credentials = {
      clientId: sourceWhale.credentials.clientId,
      clientSecret: String(again['clientSecret']),
    };
    await act({ verb: 'settings', domain: DOMAIN, set: {} });
  }
  const { status } = await ask(url, 'POST', '/administration', { body: { verb: 'list' } });
  assert.equal(status, 403, 'nobody administers without a signature');
}

async function useTheConsole({ url, simulator }: Journey, sourceWhale: SourceWhale): Promise<void> {
  const page = await ask(url, 'GET', '/console');
  assert.match(String(page.body['text']), /<html/);
  const { accessToken } = await signIn(`${url}/console`, 'operator');
  const asked = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await ask(url, method, `/admin/v1${path}`, {
      authorization: `Bearer ${accessToken}`,
      body,
    });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  assert.equal((await ask(url, 'GET', '/admin/v1/tenants', { authorization: 'Bearer x' })).status, 401);
  const tenant = `/tenants/${DOMAIN}`;
  await asked('GET', '/tenants');
  await asked('GET', tenant);
  await asked('POST', `${tenant}/test-event`, {});
  for (const given of [SECOND, FIREFISH]) await asked('POST', `${tenant}/firefish-credentials`, given);
  const [candidate] = simulator.state(FIREFISH.firefishClientId).candidates;
  await asked('GET', `${tenant}/records/candidate/${String(candidate?.['Ref'])}`);
  await asked('GET', `${tenant}/events`);
  await asked('POST', `${tenant}/events/search`, { email: 'con@person.example' });
  simulator.faults.add({
    ...{ kind: 'status', status: 400, endpoint: /^POST .candidates.?$/, body: { Message: 'no' } },
  });
  const batchId = await sourceWhale.push([event('record.created', person('console'))]);
  await sourceWhale.ended(batchId);
  await asked('POST', `${tenant}/replay`, { all: true });
  await sourceWhale.ended(batchId);
  await asked('POST', `${tenant}/export`, { email: 'console@person.example' });
  await asked('POST', `${tenant}/erase`, { email: 'console@person.example' });
}
