import type { DocumentFiles } from '../../lib/documents/document-files.ts';
import type { Firefish } from '../../lib/firefish/port.ts';
import type { WakeUps } from '../../lib/queue/wake-ups.ts';
import type { Table } from '../../lib/store/table.ts';

/** Every call to a process's ports passes here, so that tests can end or suspend the process at one exact call. */
export abstract class Passage {
  /** @param name of the call, for the message of a failed test */
  abstract pass<T>(call: () => Promise<T>, name: string): Promise<T>;

  table(inner: Table): Table {
    const { pass } = this.#bound();
    const itemOf = ({ pk, sk }: { pk: string; sk: string }): string => `${pk.replace(/^[^#]*#/, '')} ${sk}`;
    return {
      get: (key) => pass(() => inner.get(key), `get ${itemOf(key)}`),
      getMany: (keys) => pass(() => inner.getMany(keys), `get ${keys.map(itemOf).join(', ')}`),
      put: (item, expected) => pass(() => inner.put(item, expected), `put ${itemOf(item)}`),
      delete: (key, expected) => pass(() => inner.delete(key, expected), `delete ${itemOf(key)}`),
      query: (query) => pass(() => inner.query(query), `query ${query.pk}`),
    };
  }

  /** A wake-up that is not sent is named: sending never throws. */
  wakeUps(inner: WakeUps): WakeUps {
    return {
      send: (wakeUps) => this.pass(() => inner.send(wakeUps), 'send a wake-up').catch(() => [...wakeUps]),
    };
  }

  firefish(inner: Firefish): Firefish {
    const { pass } = this.#bound();
    return {
      searchByEmail: (...args) => pass(() => inner.searchByEmail(...args), `search ${args[0]} by e-mail`),
      searchByDomain: (...args) => pass(() => inner.searchByDomain(...args), `search ${args[0]} by domain`),
      read: (...args) => pass(() => inner.read(...args), `read ${args[0]} ${String(args[1])}`),
      create: (...args) => pass(() => inner.create(...args), `create ${args[0]}`),
      update: (...args) => pass(() => inner.update(...args), `update ${args[0]} ${String(args[1])}`),
      addNote: (...args) => pass(() => inner.addNote(...args), `note on ${args[0]} ${String(args[1])}`),
      addDocument: (...args) => pass(() => inner.addDocument(...args), `document on ${args[0]}`),
      hasNote: (...args) => pass(() => inner.hasNote(...args), `look for note on ${args[0]}`),
      searchCompanies: (...args) => pass(() => inner.searchCompanies(...args), 'search company'),
      readCompany: (...args) => pass(() => inner.readCompany(...args), 'read company'),
      createCompany: (...args) => pass(() => inner.createCompany(...args), 'create company'),
      updateCompany: (...args) => pass(() => inner.updateCompany(...args), 'update company'),
    };
  }

  documents(inner: DocumentFiles): DocumentFiles {
    return {
      read: (...args) => this.pass(() => inner.read(...args), 'get file'),
      delete: (...args) => this.pass(() => inner.delete(...args), 'delete file'),
    };
  }

  #bound(): Pick<Passage, 'pass'> {
    return { pass: (call, name) => this.pass(call, name) };
  }
}
