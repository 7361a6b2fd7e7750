import { describe, expect, test } from '@jest/globals';
import type { Switches } from '../../../local/firefish-simulator/simulator.ts';
import { ANN, CLIENT, visit, type Visitor } from './visitor.ts';

const SEED = {
  companies: [{ Name: 'Acme' }, { Name: 'Acme Ltd' }],
  contacts: [{ FirstName: 'Bob', Surname: 'Roe', CompanyRef: 1 }],
};

async function seeded(switches: Partial<Switches> = {}): Promise<Visitor> {
  const visitor = await visit();
  visitor.simulator.seed(CLIENT, SEED);
  visitor.simulator.switch(CLIENT, switches);
  return visitor;
}

const status = async (visitor: Visitor, method: string, path: string, body?: unknown) =>
  (await visitor.call(method, path, body)).status;

const BOB = { FirstName: 'Bob', Surname: 'Roe' };

test('contactsNeedCompany: whether POST /contacts needs `CompanyRef`', async () => {
  expect(await status(await seeded(), 'POST', '/contacts/', BOB)).toBe(400);
  const visitor = await seeded({ contactsNeedCompany: false });
  expect(await status(visitor, 'POST', '/contacts/', BOB)).toBe(201);
  expect((await visitor.get('/contacts/2')).body).toMatchObject({ CompanyRef: null, CompanyName: null });
});

test('contactsHaveLinkedIn: whether contacts have `LinkedIn`', async () => {
  const patch = { LinkedIn: 'https://www.linkedin.com/in/bob' };
  expect(await status(await seeded(), 'PATCH', '/contacts/1', patch)).toBe(400);
  const visitor = await seeded({ contactsHaveLinkedIn: true });
  expect(await status(visitor, 'PATCH', '/contacts/1', patch)).toBe(204);
  expect((await visitor.get('/contacts/1')).body).toMatchObject(patch);
});

test.each([
  ['owners', 'OwnerUserEmail', 'desk@acme.example'],
  ['sources', 'Source', 'Job board'],
] as const)('%s: a %s that is not on the list is refused, and named', async (list, name, listed) => {
  const visitor = await seeded({ [list]: [listed] });
  const refused = await visitor.call('POST', '/candidates/', { ...ANN, [name]: 'another' });
  expect(refused).toMatchObject({ status: 400, body: { ModelState: { [name]: [expect.any(String)] } } });
  expect(await status(visitor, 'POST', '/candidates/', { ...ANN, [name]: listed })).toBe(201);
  expect(await status(await seeded(), 'POST', '/candidates/', { ...ANN, [name]: 'another' })).toBe(201);
});

test.each([404, 410, 400] as const)('goneStatus: a deleted record is answered by %i', async (goneStatus) => {
  const visitor = await seeded({ goneStatus });
  visitor.simulator.delete(CLIENT, 'contacts', 1);
  for (const [method, path, body] of [
    ['GET', '/contacts/1'],
    ['PATCH', '/contacts/1', { JobTitle: 'Buyer' }],
    ['POST', '/contacts/1/activity/notes', { Note: 'x' }],
  ] as const) {
    expect(await visitor.call(method, path, body)).toMatchObject({
      status: goneStatus,
      body: { Message: 'The record does not exist.' },
    });
  }
  expect(await visitor.create('contacts', { ...BOB, CompanyRef: 1 })).toBe(2);
});

describe('records that are merged or deleted', () => {
  test('a merged company: its contacts belong to the other one, and its Ref is refused', async () => {
    const visitor = await seeded();
    visitor.simulator.merge(CLIENT, 'companies', { from: 1, into: 2 });
    expect(await status(visitor, 'GET', '/companies/1')).toBe(404);
    expect((await visitor.get('/contacts/1')).body).toMatchObject({ CompanyRef: 2, CompanyName: 'Acme Ltd' });
    expect(await status(visitor, 'POST', '/contacts/', { ...BOB, CompanyRef: 1 })).toBe(400);
  });

  test('a deleted company leaves its contacts without one', async () => {
    const visitor = await seeded();
    visitor.simulator.delete(CLIENT, 'companies', 1);
    expect((await visitor.get('/contacts/1')).body).toMatchObject({ CompanyRef: null, CompanyName: null });
  });
});

test('unknownParameters: refused by default, or ignored', async () => {
  expect(await status(await seeded(), 'GET', '/contacts/search?e-mail=x')).toBe(400);
  expect(
    await status(await seeded({ unknownParameters: 'ignored' }), 'GET', '/contacts/search?e-mail=x'),
  ).toBe(200);
});

test('put: a field that is not sent is as in a new record, or does not change', async () => {
  const look = async (switches: Partial<Switches>) => {
    const visitor = await seeded(switches);
    await visitor.create('candidates', { ...ANN, EmailMarketing: false });
    const [row] = (await visitor.get('/candidates/search')).body as object[];
    return [await status(visitor, 'PUT', '/candidates/1', row), (await visitor.get('/candidates/1')).body];
  };
  expect(await look({ put: 'whole' })).toMatchObject([400, { EmailMarketing: false }]);
  expect(await look({ put: 'sent' })).toMatchObject([204, { EmailMarketing: false, Source: 'SourceWhale' }]);
});

test('messagesNamePeople: refusals and failures name the person that the call is about', async () => {
  const visitor = await seeded({ messagesNamePeople: true });
  visitor.simulator.faults.add({ kind: 'status', status: 500, endpoint: 'PATCH /contacts/{ref}' });
  const failed = await visitor.call('PATCH', '/contacts/1', { EmailMarketing: false });
  expect(failed).toMatchObject({ status: 500, body: { Message: expect.stringContaining('Bob Roe') } });
  const { body } = await visitor.call('POST', '/candidates/', { ...ANN, LegalBasis: 'x' });
  expect(body).toMatchObject({ Message: expect.stringMatching(/Ann Lee.*ann@x.example/) });
});

test('each agency has its own switches', async () => {
  const visitor = await seeded({ contactsNeedCompany: false });
  visitor.simulator.addProfile({ clientId: 'other', clientSecret: 'o' });
  await visitor.enter({ clientId: 'other', clientSecret: 'o' });
  expect(await status(visitor, 'POST', '/contacts/', BOB)).toBe(400);
});
