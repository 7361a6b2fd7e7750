/** A document from the request for its upload to Firefish, over `npm start` as a user has it. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { documentSchema } from '../../lib/http/reference/response-schemas.ts';
import { PDF } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { npmStart, type RunningSystem } from './npm-start.ts';

type Json = Record<string, unknown>;

let system: RunningSystem;
let authorization: string;
beforeAll(async () => {
  system = await npmStart();
  const response = await fetch(`${system.url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify({
      ...{ verb: 'enable', domain: 'acme.firefishsoftware.com' },
      ...{ firefishClientId: 'ff-demo', firefishClientSecret: 'ff-demo-secret' },
    }),
  });
  const { clientId, clientSecret } = (await response.json()) as Record<string, string>;
  authorization = `Basic ${Buffer.from(`${clientId ?? ''}:${clientSecret ?? ''}`).toString('base64')}`;
}, 60_000);
afterAll(() => system.end());

const ask = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> => {
  const response = await fetch(system.url + path, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Json };
};

const firefish = async (): Promise<{ candidates: Json[]; documents: Json[] }> =>
  (await (await fetch(`${system.firefishUrl ?? ''}/_simulator/state?agency=ff-demo`)).json()) as {
    candidates: Json[];
    documents: Json[];
  };

const record = {
  ...{ candidateId: 'sw_cv', kind: 'candidate', firstName: 'Carla', lastName: 'Vance' },
  emails: ['carla.vance@cv.example'],
};

test('an uploaded CV is on the candidate, and its file is deleted', async () => {
  const created = await ask('POST', '/v1/documents', {
    ...{ name: 'Carla Vance.pdf', contentType: 'application/pdf', size: PDF.length },
  });
  expect(created.status).toBe(201);
  const { documentId, upload } = documentSchema.parse(created.body);
  const { method, url, headers } = upload;
  const uploaded = await fetch(url, { method, headers, body: Uint8Array.from(PDF) });
  expect(uploaded.status).toBe(200);

  const { status } = await ask('POST', '/v1/events', {
    events: [
      { id: 'cv-person', type: 'record.created', occurredAt: '2026-11-02T09:00:00Z', record },
      {
        ...{ id: 'cv-document', type: 'document.added', occurredAt: '2026-11-02T09:01:00Z', record },
        document: { documentId, name: 'Carla Vance.pdf', type: 'cv' },
      },
    ],
  });
  expect(status).toBe(202);
  const { body } = await eventually(
    () => ask('GET', '/v1/events/cv-document'),
    (seen) => !['queued', 'deferred'].includes(String(seen.body['state'])),
  );
  expect(body).toMatchObject({ state: 'synced', actions: [{ entity: 'candidate', operation: 'updated' }] });

  const { candidates, documents } = await firefish();
  const carla = candidates.find(({ EmailAddress }) => EmailAddress === 'carla.vance@cv.example');
  expect(carla).toMatchObject({ HasCv: true });
  expect(documents).toContainEqual(
    expect.objectContaining({
      ...{ CandidateRef: carla?.['Ref'], Name: 'Carla Vance.pdf', Type: 'CV', Bytes: PDF.length },
      Sha256: createHash('sha256').update(PDF).digest('hex'),
    }),
  );
  // The simulator's S3 asks nobody who they are.
  const file = await fetch(new URL(new URL(url).pathname, url));
  await file.body?.cancel();
  expect(file.status).toBe(404);
}, 60_000);

test('a document whose file was never uploaded fails with the reason', async () => {
  const { body } = await ask('POST', '/v1/documents', {
    ...{ name: 'Carla Vance.docx', size: 10 },
    contentType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  });
  const { documentId } = documentSchema.parse(body);
  await ask('POST', '/v1/events', {
    ...{ id: 'no-file', type: 'document.added', occurredAt: '2026-11-02T09:02:00Z', record },
    document: { documentId, name: 'Carla Vance.docx', type: 'other' },
  });
  const ended = await eventually(
    () => ask('GET', '/v1/events/no-file'),
    (seen) => !['queued', 'deferred'].includes(String(seen.body['state'])),
  );
  expect(ended.body).toMatchObject({
    state: 'failed',
    reason: 'document-missing',
  });
}, 60_000);
