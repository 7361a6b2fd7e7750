/** Where the embedded provider keeps sessions, codes and tokens: in this process, until it ends. */
import type { Adapter, AdapterPayload } from 'oidc-provider';

const kept = new Map<string, { payload: AdapterPayload; until: number }>();

export class MemoryAdapter implements Adapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  upsert(id: string, payload: AdapterPayload, expiresInSeconds: number): Promise<undefined> {
    kept.set(this.#key(id), { payload, until: Date.now() + expiresInSeconds * 1000 });
    return Promise.resolve(undefined);
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    const found = kept.get(this.#key(id));
    return Promise.resolve(found !== undefined && found.until > Date.now() ? found.payload : undefined);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy((payload) => payload.uid === uid);
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy((payload) => payload.userCode === userCode);
  }

  consume(id: string): Promise<undefined> {
    const found = kept.get(this.#key(id));
    if (found !== undefined) found.payload.consumed = Math.floor(Date.now() / 1000);
    return Promise.resolve(undefined);
  }

  destroy(id: string): Promise<undefined> {
    kept.delete(this.#key(id));
    return Promise.resolve(undefined);
  }

  revokeByGrantId(grantId: string): Promise<undefined> {
    for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key);
    return Promise.resolve(undefined);
  }

  #key(id: string): string {
    return `${this.#model} ${id}`;
  }

  #findBy(wanted: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> {
    for (const [key, { payload, until }] of kept) {
      if (key.startsWith(`${this.#model} `) && until > Date.now() && wanted(payload))
        return Promise.resolve(payload);
    }
    return Promise.resolve(undefined);
  }
}
