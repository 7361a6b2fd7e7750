/** From an uploaded file and its event to the candidate in Firefish. */
import { innerId } from '../../../lib/events/inner-id.ts';
import { describe, expect, test } from '@jest/globals';
import { storeDocument } from '../../../lib/documents/documents.ts';
import { MAX_DOCUMENT_BYTES } from '../../../lib/documents/formats.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { hashedAddress } from '../../../lib/internal/person-data.ts';
import { documentKey } from '../../../lib/store/sync-keys.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { PDF } from '../../support/documents.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness, plainCipher } from '../../support/harness.ts';
import { Passage } from '../../support/passage.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const ENDPOINT = 'POST /candidates/{ref}/documents';
const ANN = { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' };

interface Options {
  settings?: Record<string, unknown>;
  candidates?: object[];
  contacts?: object[];
  network?: (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;
  passage?: Passage;
}

function open({ settings = {}, candidates = [ANN], contacts = [], network, passage }: Options = {}) {
  const clock = new VirtualClock();
  const harness = openHarness({
    ...{ clock, settings },
    ...(network && { network: (request) => network(request, (one) => harness.simulator.handle(one)) }),
  });
  harness.simulator.seed(AGENCY, { candidates, contacts } as Parameters<typeof harness.simulator.seed>[1]);
  const { tenantId } = harness.tenant;
  return {
    ...{ clock, simulator: harness.simulator, files: harness.documents.files },
    push: async (...events: SourceWhaleEvent[]): Promise<number> => {
      await clock.run(harness.receive(events));
      return drainTurns(harness, clock, { instance: harness.makeInstance({ passage }) });
    },
    replay: async (event: SourceWhaleEvent): Promise<void> => {
      const { occurredAt, id } = event;
      const replay = {
        type: 'internal.replay' as const,
        id: innerId(`replay ${id}`),
        occurredAt,
        eventIds: [innerId(id)],
      };
      await clock.run(harness.intake.acceptInternal(tenantId, replay));
      await drainTurns(harness, clock);
    },
    /** @param bytes undefined: the file never comes */
    upload: async (documentId = 'doc_1', { bytes }: { bytes?: Buffer | undefined } = { bytes: PDF }) => {
      const stores = { tenantId, table: harness.memory, cipher: plainCipher };
      await storeDocument(stores, { documentId, name: 'CV of Ann.pdf', format: 'pdf' }, clock);
      if (bytes !== undefined) harness.documents.put(tenantId, documentId, bytes);
    },
    erase: async (email: string): Promise<void> => {
      const addresses = [hashedAddress(harness.tenant, email)];
      const event = {
        type: 'internal.erase' as const,
        id: innerId('erase'),
        occurredAt: '2026-11-02T09:00:00Z',
      };
      await clock.run(harness.intake.acceptInternal(tenantId, { ...event, addresses }));
      await drainTurns(harness, clock);
    },
    outcome: (event: SourceWhaleEvent) => harness.outcome(event.id),
    item: (documentId = 'doc_1') => harness.memory.get(documentKey(tenantId, documentId)),
    documents: () => harness.simulator.state(AGENCY).documents,
    state: () => harness.simulator.state(AGENCY),
    uploads: () => harness.simulator.calls(AGENCY).filter(({ endpoint }) => endpoint === ENDPOINT).length,
  };
}

const added = (
  minute = 1,
  { documentId = 'doc_1', type = 'cv', ...record }: Record<string, unknown> = {},
): SourceWhaleEvent =>
  makeEvent('document.added', minute, {
    record: ann(record),
    document: { documentId, name: 'CV of Ann.pdf', type },
  });

describe('a document', () => {
  test('is given to the candidate, and the file is deleted', async () => {
    const { upload, push, outcome, documents, files, item, state } = open();
    await upload();
    const event = added();
    await push(event);

    expect(documents()).toMatchObject([
      { CandidateRef: 1, Name: 'CV of Ann.pdf', Type: 'CV', Bytes: PDF.length },
    ]);
    expect(await outcome(event)).toMatchObject({
      state: 'synced',
      actions: [{ entity: 'candidate', ref: 1, operation: 'updated' }],
    });
    expect(state().candidates).toMatchObject([{ ...ANN, HasCv: true }]);
    expect(files.size).toBe(0);
    const left = await item();
    expect(left).toMatchObject({ state: 'given' });
    expect(left).not.toHaveProperty('name');
  });

  test('is given to a candidate that an event of the same push creates', async () => {
    const { upload, push, documents, outcome } = open({ candidates: [] });
    await upload();
    const event = added(2);
    await push(makeEvent('record.created', 1, { record: ann() }), event);
    expect(documents()).toMatchObject([{ CandidateRef: 1 }]);
    expect(await outcome(event)).toMatchObject({ state: 'synced' });
  });

  test('waits for a person who is not in Firefish yet', async () => {
    const { upload, push, documents, outcome, files } = open({ candidates: [] });
    await upload();
    const event = added(1);
    await push(event);
    expect(await outcome(event)).toMatchObject({ state: 'skipped', reason: 'not-in-firefish' });
    expect(files.size).toBe(1);

    await push(makeEvent('record.created', 2, { record: ann() }));
    expect(documents()).toMatchObject([{ CandidateRef: 1 }]);
    expect(await outcome(event)).toMatchObject({ state: 'synced' });
    expect(files.size).toBe(0);
  });

  test('that waited for the person ends as one that did not, with the reason', async () => {
    const { upload, push, outcome } = open({ candidates: [] });
    await upload('doc_1', { bytes: undefined });
    await upload('doc_2');
    await upload('doc_3');
    const [event, cv, second] = [
      added(1),
      added(1, { documentId: 'doc_2' }),
      added(1, { documentId: 'doc_3' }),
    ];
    for (const one of [event, cv, second]) await push(one);
    await push(makeEvent('record.created', 2, { record: ann() }));
    expect(await outcome(cv)).toMatchObject({ state: 'synced' });
    expect(await outcome(second)).toMatchObject({ state: 'skipped', reason: 'documents' });
    expect(await outcome(event)).toMatchObject({
      state: 'failed',
      reason: 'document-missing',
    });
  });

  test('that another candidate has fails', async () => {
    const rob = { FirstName: 'Rob', Surname: 'May', EmailAddress: 'rob@client.example' };
    const { upload, push, outcome } = open({ candidates: [ANN, rob] });
    await upload();
    const toRob = { candidateId: 'sw_2', firstName: 'Rob', lastName: 'May', emails: ['rob@client.example'] };
    const second = added(2, toRob);
    await push(added(1));
    await push(second);
    expect(await outcome(second)).toMatchObject({
      state: 'failed',
      reason: 'document-given',
    });
  });

  test('changes no field and creates no record', async () => {
    const { upload, push, state } = open();
    await upload();
    await push(added(1, { role: 'CTO', lastName: 'Other' }));
    expect(state().candidates).toMatchObject([{ ...ANN, JobTitle: null }]);
  });

  test('of a contact is skipped', async () => {
    const { upload, push, outcome, documents } = open({ candidates: [], contacts: [ANN] });
    await upload();
    const event = added(1, { kind: 'contact' });
    await push(event);
    expect(await outcome(event)).toMatchObject({ state: 'skipped', reason: 'not-a-candidate' });
    expect(documents()).toEqual([]);
  });

  test('of a person with a contradicting name waits for a decision', async () => {
    const { upload, push, outcome, documents } = open({
      candidates: [{ ...ANN, FirstName: 'Rob', Surname: 'May' }],
    });
    await upload();
    const event = added();
    await push(event);
    expect(await outcome(event)).toMatchObject({ state: 'skipped', reason: 'name-conflict' });
    expect(documents()).toEqual([]);
  });

  test('that two events name is given once', async () => {
    const { upload, push, outcome, documents } = open();
    await upload();
    const [first, second, third] = [added(1), added(2), added(3)];
    await push(first, second);
    await push(third);
    expect(documents()).toHaveLength(1);
    for (const event of [first, second, third])
      expect(await outcome(event)).toMatchObject({ state: 'synced' });
  });

  test.each([
    ['ifNone', 'cv', false, 'synced'],
    ['ifNone', 'cv', true, 'skipped'],
    ['ifNone', 'other', true, 'synced'],
    ['always', 'cv', true, 'synced'],
    ['always', 'cv', false, 'synced'],
    ['never', 'cv', false, 'skipped'],
    ['never', 'other', false, 'skipped'],
  ])('with documents %s, of type %s, HasCv %s, ends %s', async (setting, type, HasCv, state) => {
    const { upload, push, outcome, documents } = open({
      settings: { documents: setting },
      candidates: [{ ...ANN, HasCv }],
    });
    await upload();
    const event = added(1, { type });
    await push(event);
    expect(await outcome(event)).toMatchObject({
      state,
      ...(state === 'skipped' ? { reason: 'documents' } : {}),
    });
    expect(documents().map(({ Type }) => Type)).toEqual(
      state === 'synced' ? [type === 'cv' ? 'CV' : 'Other'] : [],
    );
  });

  test('that is the second CV of one push is skipped', async () => {
    const { upload, push, outcome, documents } = open();
    await upload('doc_1');
    await upload('doc_2');
    const [first, second] = [added(1), added(2, { documentId: 'doc_2' })];
    await push(first, second);
    expect(documents()).toHaveLength(1);
    expect(await outcome(second)).toMatchObject({ state: 'skipped', reason: 'documents' });
  });
});

describe('a document fails with the reason', () => {
  test('if its upload was never requested', async () => {
    const { push, outcome } = open();
    const event = added();
    await push(event);
    expect(await outcome(event)).toMatchObject({
      state: 'failed',
      reason: 'document-unknown',
    });
  });

  test.each([
    ['never came', undefined, 'document-missing'],
    ['is too large', Buffer.concat([PDF, Buffer.alloc(MAX_DOCUMENT_BYTES)]), 'document-too-large'],
    ['is of another type', Buffer.from('MZ\x90'), 'document-wrong-type'],
    ['is empty', Buffer.alloc(0), 'document-wrong-type'],
  ])('if its file %s', async (_why, bytes, reason) => {
    const { upload, push, outcome, documents, uploads } = open();
    await upload('doc_1', { bytes });
    const event = added();
    await push(event);
    expect(await outcome(event)).toMatchObject({
      state: 'failed',
      reason: reason,
    });
    expect([documents(), uploads()]).toEqual([[], 0]);
  });

  test('if Firefish refuses it, and its replay gives it', async () => {
    const { upload, push, outcome, documents, simulator, replay } = open();
    simulator.faults.add({ kind: 'status', status: 400, endpoint: ENDPOINT, times: 1 });
    await upload();
    const event = added();
    await push(event);
    expect(await outcome(event)).toMatchObject({
      state: 'failed',
      reason: `refused ${ENDPOINT} 400: candidate:1`,
    });
    await replay(event);
    expect(documents()).toHaveLength(1);
    expect(await outcome(event)).toMatchObject({ state: 'synced' });
  });

  test('if Firefish’s answer was lost and nothing shows whether it arrived, and its replay gives it', async () => {
    const { upload, push, outcome, uploads, simulator, replay } = open();
    simulator.faults.add({ kind: 'drop', endpoint: ENDPOINT, times: 1 });
    await upload();
    const event = added(1, { type: 'other' });
    await push(event);
    expect(await outcome(event)).toMatchObject({
      state: 'failed',
      reason: 'document-unconfirmed',
    });
    expect(uploads()).toBe(1);
    await replay(event);
    expect(await outcome(event)).toMatchObject({ state: 'synced' });
  });
});

describe('a first CV whose answer was lost', () => {
  test.each(['before', 'after'] as const)('%s it took effect is on the candidate once', async (when) => {
    let lost = 0;
    const { upload, push, outcome, documents, files } = open({
      network: async (request, next) => {
        const isLost = request.url.endsWith('/documents') && (lost += 1) === 1;
        if (isLost && when === 'before') throw new TypeError('fetch failed');
        const answer = await next(request);
        if (isLost) throw new TypeError('fetch failed');
        return answer;
      },
    });
    await upload();
    const event = added();
    await push(event);
    expect(documents()).toHaveLength(1);
    expect(await outcome(event)).toMatchObject({ state: 'synced' });
    expect(files.size).toBe(0);
  });

  test('does not count as there because another one of its push is', async () => {
    let calls = 0;
    const { upload, push, outcome, documents } = open({
      settings: { documents: 'always' },
      network: (request, next) => {
        if (request.url.endsWith('/documents') && (calls += 1) === 2) throw new TypeError('fetch failed');
        return next(request);
      },
    });
    await upload('doc_1');
    await upload('doc_2');
    const second = added(2, { documentId: 'doc_2' });
    await push(added(1), second);
    expect(documents()).toHaveLength(1);
    expect(await outcome(second)).toMatchObject({
      state: 'failed',
      reason: 'document-unconfirmed',
    });
  });

  test('with a definite failure is tried again', async () => {
    const { upload, push, outcome, documents, simulator } = open();
    simulator.faults.add({ kind: 'status', status: 500, endpoint: ENDPOINT, times: 2 });
    await upload();
    const event = added(1, { type: 'other' });
    await push(event);
    expect(documents()).toHaveLength(1);
    expect(await outcome(event)).toMatchObject({ state: 'synced' });
  });
});

describe('an erasure', () => {
  test('removes a file that waits, and its name', async () => {
    const { upload, push, files, item, erase } = open({ candidates: [] });
    await upload();
    await push(added());
    await erase('ann@client.example');
    expect(files.size).toBe(0);
    expect(await item()).toBeUndefined();
  });
});

class FailingCall extends Passage {
  calls = 0;
  readonly #at: number;
  readonly #when: 'before' | 'after';

  constructor(at: number, when: 'before' | 'after') {
    super();
    this.#at = at;
    this.#when = when;
  }

  override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
    // Firefish's own calls fail on the network, above.
    if (/^(search|read|document)/.test(name)) return call();
    this.calls += 1;
    const mine = this.calls === this.#at;
    if (mine && this.#when === 'before') throw new Error('failed');
    const answer = await call();
    if (mine) throw new Error('failed');
    return answer;
  }
}

describe('if one call fails', () => {
  test.each(['before', 'after'] as const)(
    '%s it takes effect, the end state does not change, whichever call it is',
    async (when) => {
      for (let at = 1, calls = Infinity; at <= calls; at += 1) {
        const passage = new FailingCall(at, when);
        const { upload, push, outcome, documents, files } = open({ passage });
        await upload();
        const event = added();
        await push(event);
        calls = passage.calls;
        expect([at, documents().length, (await outcome(event))?.state, files.size]).toEqual([
          at,
          1,
          'synced',
          0,
        ]);
      }
    },
  );
});
