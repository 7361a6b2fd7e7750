/** The records that the probe makes: named by a marker, made when a check first needs them, archived in the end. */
import * as firefish from '../firefish/assumptions.ts';
import type { Access, Answer } from './access.ts';
import { describe, ENTITIES, isDone, isObject, type Row, search, seen, type Seen } from './check.ts';

const { PARAMETER } = firefish;
export const MOBILE = '+44 7700 900123';
export const STREET = '1 Probe Street';

export class ProbeRecords {
  readonly access: Access;
  readonly marker: string;
  readonly address: string;
  readonly #first = new Map<firefish.Entity, number>();
  readonly #made: [firefish.Entity, number][] = [];

  constructor(access: Access, marker: string) {
    this.access = access;
    this.marker = marker;
    this.address = `${marker}@sourcewhale-firefish-probe.example`;
  }

  /** The first record of the kind, made where there is none yet. @throws Error where Firefish refuses it */
  async ref(entity: firefish.Entity): Promise<number> {
    if (!this.#first.has(entity)) await this.create(entity, await this.usual(entity));
    const ref = this.#first.get(entity);
    if (ref === undefined) throw new Error(`no ${entity} was made`);
    return ref;
  }

  async usual(entity: firefish.Entity): Promise<Row> {
    const person = { FirstName: 'Probe', Surname: this.marker, EmailAddress: this.address };
    if (entity === 'company') return { Name: this.marker };
    if (entity === 'contact') return { ...person, CompanyRef: await this.ref('company') };
    const needed = { Source: 'SourceWhale', LegalBasis: 'legitimate-interest' };
    return { ...person, ...needed, MobileNumber: MOBILE, Address: { Address1: STREET } };
  }

  async create(entity: firefish.Entity, body: Row): Promise<Answer & { ref?: number }> {
    const answer = await this.access.ask(firefish.createEndpoint(entity), { body });
    const ref = isDone(answer) && isObject(answer.body) ? answer.body['Ref'] : undefined;
    if (typeof ref !== 'number') return answer;
    this.#made.push([entity, ref]);
    if (!this.#first.has(entity)) this.#first.set(entity, ref);
    return { ...answer, ref };
  }

  /** How many were made. */
  count(entity: firefish.Entity): number {
    return this.#made.filter(([of]) => of === entity).length;
  }

  patch(entity: firefish.Entity, ref: number, body: Row): Promise<Answer> {
    return this.access.ask(firefish.updateEndpoint(entity, ref), { body });
  }

  async read(entity: firefish.Entity, ref: number): Promise<Row | undefined> {
    const { body } = await this.access.ask(firefish.readEndpoint(entity, ref));
    return isObject(body) ? body : undefined;
  }

  /** Changes the first record of the kind, and looks at it afterwards. */
  async changed(entity: firefish.Entity, body: Row, look: (row: Row) => Seen): Promise<Seen> {
    const ref = await this.ref(entity);
    const answer = await this.patch(entity, ref, body);
    if (!isDone(answer)) return seen(false, describe(answer));
    const row = await this.read(entity, ref);
    return row === undefined ? seen(false, 'it cannot be read afterwards') : look(row);
  }

  /** Archives all that was made: what was answered, and what a search finds where an answer was lost. */
  async cleanUp(): Promise<void> {
    const archive = async (entity: firefish.Entity): Promise<void> => {
      const [parameter, text] =
        entity === 'company' ? [PARAMETER.name, this.marker] : [PARAMETER.email, this.address];
      // Where no search is let in, what is known to have been made is archived all the same.
      const rows = (await search(this.access, entity, { [parameter]: text }).catch(() => undefined)) ?? [];
      const live = new Set(this.#made.flatMap(([of, ref]) => (of === entity ? [ref] : [])));
      for (const { Ref, IsArchived } of rows) {
        if (IsArchived === true) live.delete(Number(Ref));
        else live.add(Number(Ref));
      }
      await Promise.all([...live].map((ref) => this.patch(entity, ref, { IsArchived: true })));
    };
    await Promise.all(ENTITIES.map(archive));
  }
}
