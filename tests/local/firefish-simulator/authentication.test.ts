import { describe, expect, test } from '@jest/globals';
import { profileOnFirstUse } from '../../../local/firefish-simulator/first-use.ts';
import { CLIENT, SECRET, visit, Visitor } from './visitor.ts';

describe('`POST /authorization/token`', () => {
  test('Answer: `{"access_token","token_type":"bearer","expires_in":599}`', async () => {
    const { status, body } = await new Visitor().askToken();
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 599 });
  });

  test('form-encoded: `grant_type=client_credentials`', async () => {
    const { status, body } = await new Visitor().askToken({ grantType: 'password' });
    expect([status, body]).toEqual([400, { error: 'unsupported_grant_type' }]);
  });

  test.each([{ clientSecret: 'wrong' }, { clientId: 'nobody' }])(
    'unknown credentials get no token: %p',
    async (request) => {
      const { status, body } = await new Visitor().askToken(request);
      expect([status, body]).toEqual([401, { error: 'invalid_client' }]);
    },
  );

  test('a scope that the profile has not ticked: `400` with `error=invalid_scope`, naming it or not', async () => {
    const visitor = new Visitor();
    visitor.simulator.addProfile({
      clientId: CLIENT,
      clientSecret: SECRET,
      scopes: ['candidatesAPI-read'],
    });
    const request = { scope: 'candidatesAPI-read contactsAPI-read' };
    const naming = await visitor.askToken(request);
    expect([naming.status, naming.body]).toEqual([
      400,
      { error: 'invalid_scope', error_description: 'Unknown scope: contactsAPI-read' },
    ]);
    const silent = await visitor.askToken(request);
    expect([silent.status, silent.body]).toEqual([400, { error: 'invalid_scope' }]);
  });

  test('A misspelt scope gets `400`', async () => {
    const { status, body } = await new Visitor().askToken({ scope: 'candidateAPI-read' });
    expect([status, body]).toMatchObject([400, { error: 'invalid_scope' }]);
  });

  test('Scopes: `candidatesAPI-read`, …, `leadsAPI-readWrite`: each can be ticked and asked for', async () => {
    const ticked =
      'candidatesAPI-read candidatesAPI-write contactsAPI-read contactsAPI-write companiesAPI-read ' +
      'companiesAPI-write actionsAPI-read usersAPI-read jobsAPI-read jobsAPI-write placementdetailsAPI-read ' +
      'placementdetailsAPI-write advertsAPI-read commsAPI-readWrite leadsAPI-readWrite';
    const visitor = new Visitor();
    expect((await visitor.askToken({ scope: ticked })).status).toBe(200);
    for (const scope of ticked.split(' ')) {
      const scopes = ticked.split(' ').filter((other) => other !== scope);
      visitor.simulator.addProfile({ clientId: CLIENT, clientSecret: SECRET, scopes });
      expect([scope, (await visitor.askToken({ scope })).status]).toEqual([scope, 400]);
    }
  });

  test('a request without any scope has no valid scope', async () => {
    expect((await new Visitor().askToken({ scope: '' })).status).toBe(400);
  });
});

describe('tokens', () => {
  test('Tokens last about **10 minutes**: 599 s', async () => {
    const visitor = await visit();
    visitor.clock.advance(598_999);
    expect((await visitor.get('/candidates/search')).status).toBe(200);
    visitor.clock.advance(1);
    expect((await visitor.get('/candidates/search')).status).toBe(401);
  });

  test('A missing or expired token gets `401`', async () => {
    const { status, body } = await new Visitor().get('/candidates/search');
    expect(status).toBe(401);
    expect(body).toEqual({ Message: expect.any(String) });
  });

  test('Editing a profile issues new credentials and **breaks the old ones at once**', async () => {
    const visitor = await visit();
    visitor.simulator.addProfile({ clientId: CLIENT, clientSecret: 'new' });
    expect((await visitor.get('/candidates/search')).status).toBe(401);
    expect((await visitor.askToken()).status).toBe(401);
    await visitor.enter({ clientSecret: 'new' });
    expect((await visitor.get('/candidates/search')).status).toBe(200);
  });

  test('removing a profile ends its tokens', async () => {
    const visitor = await visit();
    visitor.simulator.removeProfile(CLIENT);
    expect((await visitor.get('/candidates/search')).status).toBe(401);
    expect((await visitor.askToken()).status).toBe(401);
  });

  test('The tenant is chosen by the credentials, not by the host', async () => {
    const visitor = await visit();
    visitor.simulator.addProfile({ clientId: 'other', clientSecret: 'o' });
    visitor.simulator.addProfile({ clientId: 'same', clientSecret: 's', agency: CLIENT });
    visitor.simulator.seed(CLIENT, { companies: [{ Name: 'Acme' }] });
    expect((await visitor.get('/companies/1')).status).toBe(200);
    await visitor.enter({ clientId: 'other', clientSecret: 'o' });
    expect((await visitor.get('/companies/1')).status).toBe(404);
    await visitor.enter({ clientId: 'same', clientSecret: 's' });
    expect((await visitor.get('/companies/1')).status).toBe(200);
  });
});

describe('scopes', () => {
  const needs = [
    ['GET', '/candidates/search', 'candidatesAPI-read'],
    ['GET', '/candidates/1', 'candidatesAPI-read'],
    ['POST', '/candidates/', 'candidatesAPI-write'],
    ['PATCH', '/candidates/1', 'candidatesAPI-write'],
    ['PUT', '/candidates/1', 'candidatesAPI-write'],
    ['POST', '/candidates/1/activity/notes', 'candidatesAPI-write'],
    ['POST', '/candidates/1/documents', 'candidatesAPI-write'],
    ['GET', '/contacts/search', 'contactsAPI-read'],
    ['GET', '/contacts/1', 'contactsAPI-read'],
    ['POST', '/contacts/', 'contactsAPI-write'],
    ['PATCH', '/contacts/1', 'contactsAPI-write'],
    ['PUT', '/contacts/1', 'contactsAPI-write'],
    ['POST', '/contacts/1/activity/notes', 'contactsAPI-write'],
    ['GET', '/companies/search', 'companiesAPI-read'],
    ['GET', '/companies/1', 'companiesAPI-read'],
    ['POST', '/companies/', 'companiesAPI-write'],
    ['PATCH', '/companies/1', 'companiesAPI-write'],
    ['POST', '/companies/1/activity/notes', 'companiesAPI-write'],
    ['GET', '/actions/search', 'actionsAPI-read'],
  ] as const;

  test.each(needs)('A token that lacks the scope: `403`: %s %s needs %s', async (method, path, scope) => {
    const visitor = new Visitor();
    const body = method === 'GET' ? undefined : {};
    const others = [...new Set(needs.map(([, , other]) => other))].filter((other) => other !== scope);
    await visitor.enter({ scope: others.join(' ') });
    expect((await visitor.call(method, path, body)).status).toBe(403);
    await visitor.enter({ scope });
    expect((await visitor.call(method, path, body)).status).not.toBe(403);
  });
});

describe('profiles on first use', () => {
  test('any client id `ff-…` with the secret `<clientId>-secret` has its own agency', async () => {
    const visitor = new Visitor({ profileOnFirstUse });
    await visitor.enter({ clientId: 'ff-new', clientSecret: 'ff-new-secret' });
    await visitor.create('companies', { Name: 'Acme' });
    expect(visitor.simulator.state('ff-new').companies).toMatchObject([{ Name: 'Acme' }]);
  });

  test.each([
    ['ff-new', 'guessed'],
    ['other', 'other-secret'],
  ])('%s with the secret %s is refused', async (clientId, clientSecret) => {
    const visitor = new Visitor({ profileOnFirstUse });
    expect((await visitor.askToken({ clientId, clientSecret })).status).toBe(401);
  });

  test('a profile that was removed or has another secret is not created again by use', async () => {
    const visitor = new Visitor({ profileOnFirstUse });
    const credentials = { clientId: 'ff-new', clientSecret: 'ff-new-secret' };
    await visitor.enter(credentials);
    visitor.simulator.addProfile({ clientId: 'ff-new', clientSecret: 'edited' });
    expect((await visitor.askToken(credentials)).status).toBe(401);
    visitor.simulator.removeProfile('ff-new');
    expect((await visitor.askToken(credentials)).status).toBe(401);
  });
});
