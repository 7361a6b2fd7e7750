import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CLIENT, visit, type Visitor } from './visitor.ts';

const SEED = {
  candidates: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@x.example' }],
  contacts: [{ FirstName: 'Bob', Surname: 'Roe', CompanyRef: 1 }],
  companies: [{ Name: 'Acme' }],
};

async function seeded(): Promise<Visitor> {
  const visitor = await visit();
  visitor.simulator.seed(CLIENT, SEED);
  return visitor;
}

const note = (visitor: Visitor, collection: string, Note: unknown) =>
  visitor.call('POST', `/${collection}/1/activity/notes`, { Note });

describe('A note: `POST /api/v1.0/candidates/{ref}/activity/notes` with `{"Note":"…"}`', () => {
  test('the same under contacts and companies', async () => {
    const visitor = await seeded();
    for (const collection of ['candidates', 'contacts', 'companies']) {
      expect((await note(visitor, collection, `on ${collection}`)).status).toBe(201);
    }
    const nobody = { CandidateRef: null, ContactRef: null, CompanyRef: null };
    expect(visitor.simulator.state(CLIENT).companies[0]).not.toHaveProperty('LastActionRef');
    expect(visitor.simulator.state(CLIENT).actions).toMatchObject([
      { ...nobody, CandidateRef: 1, Note: 'on candidates' },
      { ...nobody, ContactRef: 1, Note: 'on contacts' },
      { ...nobody, CompanyRef: 1, Note: 'on companies' },
    ]);
  });

  test('`note` works too: names in bodies are not case-sensitive', async () => {
    const visitor = await seeded();
    const body = { note: 'x' };
    expect((await visitor.call('POST', '/candidates/1/activity/notes', body)).status).toBe(201);
  });

  test.each([
    ['Note', ''],
    ['Note', null],
    ['Text', 'x'],
  ])('%s: %p is refused', async (name, value) => {
    const visitor = await seeded();
    const { status, body } = await visitor.call('POST', '/candidates/1/activity/notes', { [name]: value });
    expect(status).toBe(400);
    expect(body).toMatchObject({ ModelState: { [name]: [expect.any(String)] } });
    expect(visitor.simulator.state(CLIENT).actions).toEqual([]);
  });

  test('the record shows its last action: `LastActionRef`, `LastActionName`, `LastActionDate`', async () => {
    const visitor = await seeded();
    await note(visitor, 'contacts', 'one');
    await note(visitor, 'contacts', 'two');
    const { body } = await visitor.get('/contacts/1');
    expect(body).toMatchObject({
      LastActionRef: 2,
      LastActionName: 'Note',
      LastActionDate: '2026-11-23T10:00:00.000Z',
      UpdatedBy: 'seed',
    });
  });
});

describe('`GET /api/v1.0/actions/search`', () => {
  test('An action row: `Ref`, `ActionName`, `ActionDate`, `CandidateRef`, `ContactRef`, `Note`', async () => {
    const visitor = await seeded();
    await note(visitor, 'candidates', 'two\nlines');
    expect((await visitor.get('/actions/search?candidate-ref=1')).body).toEqual([
      {
        Ref: 1,
        ActionName: 'Note',
        ActionDate: '2026-11-23T10:00:00.000Z',
        CandidateRef: 1,
        ContactRef: null,
        Note: 'two\nlines',
      },
    ]);
  });

  test('with `candidate-ref`, `contact-ref`, `company-ref`: the activity log, notes among it', async () => {
    const visitor = await seeded();
    for (const collection of ['candidates', 'contacts', 'companies']) await note(visitor, collection, 'x');
    expect(await visitor.refs('/actions/search?candidate-ref=1')).toEqual([1]);
    expect(await visitor.refs('/actions/search?contact-ref=1')).toEqual([2]);
    expect(await visitor.refs('/actions/search?company-ref=1')).toEqual([3]);
    expect(await visitor.refs('/actions/search?candidate-ref=2')).toEqual([]);
    expect(await visitor.refs('/actions/search')).toEqual([3, 2, 1]);
  });

  test('`from-date`, `to-date`; without them the last 7 days', async () => {
    const visitor = await seeded();
    await note(visitor, 'candidates', 'old');
    visitor.clock.advance(8 * 86_400_000);
    await visitor.enter();
    await note(visitor, 'candidates', 'new');
    expect(await visitor.refs('/actions/search')).toEqual([2]);
    expect(await visitor.refs('/actions/search?from-date=2026-11-23')).toEqual([2, 1]);
    expect(await visitor.refs('/actions/search?to-date=2026-11-23')).toEqual([1]);
  });
});

describe('A document: `POST /api/v1.0/candidates/{ref}/documents`, multipart, `type` = `CV`/`InterviewNotes`/`Other`, `files`; 10 MB', () => {
  const form = (type: string, bytes = 3, name = 'ann.pdf') => {
    const parts = new FormData();
    parts.append('type', type);
    parts.append('files', new File([new Uint8Array(bytes)], name));
    return parts;
  };

  test('a CV is accepted, with name and type', async () => {
    const visitor = await seeded();
    expect((await visitor.call('POST', '/candidates/1/documents', form('CV'))).status).toBe(201);
    expect((await visitor.get('/candidates/1')).body).toMatchObject({ HasCv: true });
    const { documents, actions } = visitor.simulator.state(CLIENT);
    const Sha256 = createHash('sha256').update(new Uint8Array(3)).digest('hex');
    expect(documents).toEqual([{ CandidateRef: 1, Name: 'ann.pdf', Type: 'CV', Bytes: 3, Sha256 }]);
    expect(actions).toMatchObject([{ ActionName: 'Document Uploaded', CandidateRef: 1, Note: null }]);
  });

  test('another document does not count as a CV', async () => {
    const visitor = await seeded();
    await visitor.call('POST', '/candidates/1/documents', form('InterviewNotes'));
    expect((await visitor.get('/candidates/1')).body).toMatchObject({ HasCv: false });
  });

  test('an unknown type, no file, no multipart, more than 10 MB and another format are refused', async () => {
    const visitor = await seeded();
    const withoutFile = new FormData();
    withoutFile.append('type', 'CV');
    for (const body of [
      form('Photo'),
      withoutFile,
      '{}',
      form('CV', 10 * 1024 * 1024 + 1),
      form('CV', 3, 'ann.exe'),
    ]) {
      expect((await visitor.call('POST', '/candidates/1/documents', body)).status).toBe(400);
    }
    expect(visitor.simulator.state(CLIENT).documents).toEqual([]);
    expect((await visitor.call('POST', '/candidates/2/documents', form('CV'))).status).toBe(404);
  });
});
