/**
 * The gate: one item per tenant that says whether its calls to Firefish are waiting now, and for what. It
 * holds the breaker, and until when the rate limits keep the tenant back. Written only when a wait begins or
 * ends, so that a healthy tenant costs no write; read at most every two seconds by each instance.
 */
import type { Clock } from '../clock.ts';
import { breakerKey } from '../store/keys.ts';
import { update, type Item, type Table } from '../store/table.ts';

type WaitReason = 'limit' | 'outage' | 'credentials' | 'token';

export interface OpenBreaker {
  reason: 'outage' | 'credentials';
  /** Epoch milliseconds, all of them. */
  since: number;
  until: number;
  /** How many pauses there have been: each is longer than the one before. */
  pauses: number;
  /** Somebody's probe is on its way until then. */
  probeUntil?: number;
  /** Which credentials were refused, as a fingerprint: other ones are not. */
  refused?: string;
}

export interface GateItem extends Item {
  /** Failures in a row, counted over all instances. */
  failures?: number;
  failedAt?: number;
  open?: OpenBreaker;
  limitUntil?: number;
  tokenUntil?: number;
  /** The fingerprint of the credentials that were given last: whoever is refused others says nothing new. */
  given?: string;
}
export type GateState = Pick<
  GateItem,
  'failures' | 'failedAt' | 'open' | 'limitUntil' | 'tokenUntil' | 'given'
>;

/**
 * How long a call waits inside the worker. Who has begun with a person shall not be sent away for the ten a second,
 * which would cost the person's searches again: 24 people at once wait three seconds at most. What waits for the 200
 * a minute waits up to 40 seconds, too long to hold a worker that other tenants need.
 */
export const MAX_WAIT_MS = 6_000;

/** A copy of the item is good for so long. */
export const GATE_CACHE_MS = 2000;
/** A wait that ends this little later than the one written down is not worth a write. */
const SLACK_MS = 1000;
/** A gate that nobody passes any more goes: events wait for thirty days at most. */
const KEPT_FOR_SECONDS = 31 * 24 * 3600;

const pick = ({ failures, failedAt, open, limitUntil, tokenUntil, given }: GateState): GateState => ({
  ...(failures === undefined ? {} : { failures }),
  ...(failedAt === undefined ? {} : { failedAt }),
  ...(open === undefined ? {} : { open }),
  ...(limitUntil === undefined ? {} : { limitUntil }),
  ...(tokenUntil === undefined ? {} : { tokenUntil }),
  ...(given === undefined ? {} : { given }),
});

/** The gate of one tenant as one instance sees it. */
export class Gate {
  readonly #table: Table;
  readonly #tenantId: string;
  readonly #clock: Clock;
  #seen: { state: GateState; at: number } | undefined;
  #reading: Promise<GateState> | undefined;

  constructor({ table, tenantId, clock }: { table: Table; tenantId: string; clock: Clock }) {
    this.#table = table;
    this.#tenantId = tenantId;
    this.#clock = clock;
  }

  /** At most two seconds old. */
  async look(): Promise<GateState> {
    const seen = this.#seen;
    if (seen !== undefined && this.#clock.now() - seen.at < GATE_CACHE_MS) return seen.state;
    // Together: who came first goes on first, at each endpoint alike, so that nobody gets half of what they need.
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<GateState> {
    const item = await this.#table.get(breakerKey(this.#tenantId));
    return this.#keep(item as GateItem | undefined); // written below and nowhere else
  }

  /** `change` may be called several times; `undefined` leaves the gate as it is. Answers how it is afterwards. */
  async change(change: (state: GateState) => GateState | undefined): Promise<GateState> {
    const key = breakerKey(this.#tenantId);
    const item = await update(this.#table, key, (current) => {
      const changed = change(pick((current ?? {}) as GateState)); // written here and nowhere else
      const expiresAt = Math.ceil(this.#clock.now() / 1000) + KEPT_FOR_SECONDS;
      return changed === undefined ? undefined : { ...pick(changed), ...key, expiresAt };
    });
    return this.#keep(item as GateItem | undefined);
  }

  /** The tenant's calls wait until then for the limits: of an endpoint, or of the tokens. */
  async hold(reason: 'limit' | 'token', until: number): Promise<void> {
    const name = reason === 'limit' ? 'limitUntil' : 'tokenUntil';
    const known = (state: GateState): boolean => {
      const held = state[name] ?? 0;
      return held > this.#clock.now() && held + SLACK_MS >= until;
    };
    if (known(await this.look())) return;
    await this.change((state) => (known(state) ? undefined : { ...state, [name]: until }));
  }

  #keep(state: GateState | undefined): GateState {
    const kept = pick(state ?? {});
    this.#seen = { state: kept, at: this.#clock.now() };
    return kept;
  }
}

/**
 * Whether the tenant's calls are waiting now, for what, and until when (epoch milliseconds): one read, whose
 * answer is good for two seconds. A breaker whose pause is over keeps nobody back but the probe's followers.
 */
export async function readGate(
  table: Table,
  tenantId: string,
  now: number,
): Promise<{ reason: WaitReason; until: number } | undefined> {
  const item = (await table.get(breakerKey(tenantId))) as GateItem | undefined; // written by Gate and nowhere else
  const open = item?.open;
  const waits: { reason: WaitReason; until: number }[] = [
    ...(open === undefined
      ? []
      : [{ reason: open.reason, until: Math.max(open.until, open.probeUntil ?? 0) }]),
    { reason: 'token', until: item?.tokenUntil ?? 0 },
    { reason: 'limit', until: item?.limitUntil ?? 0 },
  ];
  return waits.find(({ until }) => until > now);
}

/**
 * Whether calls may be tried although a limit keeps the tenant back: it is of one endpoint, and opens so late that a
 * call that needs it is refused at once, and holds no worker.
 */
export const isOfOneEndpoint = (gate: { reason: string; until: number }, now: number): boolean =>
  gate.reason === 'limit' && gate.until - now > MAX_WAIT_MS;
