/** Calls beside a tenant's turn: they announce themselves to it, and keep its limits, breaker and token. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import { type Binding, type Cipher, ifReadable } from '../crypto/cipher.ts';
import type { PreviewedFirefish } from '../firefish/port.ts';
import { PreviewBudget } from '../firefish/preview-budget.ts';
import { createTenantFirefish, type FirefishMemory } from '../firefish/tenant-firefish.ts';
import type { TenantId } from '../ids.ts';
import { previewKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { isQuietSince, openMemory, readTurn } from '../turn/turn-record.ts';

export interface BesideDeps {
  table: Table;
  cipher: Cipher;
  clock: Clock;
  config: FirefishConfig;
  fetch: typeof fetch;
}

/** @throws PreviewBusyError while others are made for the tenant, or if the time is up; FirefishError */
export async function besideTurn<T>(
  deps: BesideDeps,
  tenant: Tenant,
  ask: (firefish: PreviewedFirefish) => Promise<T>,
): Promise<T> {
  const { table, clock, config, fetch } = deps;
  const { tenantId, firefishGivenAt: givenAt } = tenant;
  const before = await readTurn(table, tenantId);
  const isAlone = async (): Promise<boolean> => isQuietSince(before, await readTurn(table, tenantId));
  const limits = config.FIREFISH_RATE_LIMITS;
  const budget = new PreviewBudget({ table, tenantId, clock, limits, isAlone });
  const others = await budget.begin();
  let used: Uint8Array | undefined;
  try {
    // What limits, breaker and token were when the turn last saved them; nothing of it is written here.
    const turn = await openMemory(deps, tenantId, before);
    const memory = withNewerToken(turn.memory, await openToken(deps, tenantId, others.token), givenAt);
    const firefish = createTenantFirefish({
      ...{ tenantId, config, clock, fetch, table, ...turn, memory, pace: budget.pace },
      clientId: tenant.firefishClientId,
      clientSecret: tenant.firefishClientSecret,
      ...{ givenAt, mayLeave: () => undefined },
    });
    firefish.others(others);
    try {
      // A person waits for it: as urgent as a single change.
      return await ask(firefish.for({ urgency: 2 }));
    } finally {
      await firefish.end();
      // Tokens are few: the next preview uses this one.
      used = await newToken(deps, tenant, firefish.memory(), memory).catch(() => undefined);
    }
  } finally {
    // The answer counts. A run whose end is not recorded ends by its time.
    await budget.end(used).catch(() => undefined);
  }
}

type KnownToken = Pick<FirefishMemory, 'givenAt' | 'token'>;

const tokenAt = (tenantId: TenantId): Binding => ({ tenantId, key: previewKey(tenantId), field: 'token' });

/** The token encrypted, unless it was known before. */
async function newToken(
  { cipher }: Pick<BesideDeps, 'cipher'>,
  { tenantId }: Tenant,
  { givenAt, token }: KnownToken,
  before: KnownToken | undefined,
): Promise<Uint8Array | undefined> {
  const isNew = token?.token !== undefined && token.token.value !== before?.token?.token?.value;
  return isNew ? cipher.encrypt(JSON.stringify({ givenAt, token }), tokenAt(tenantId)) : undefined;
}

/** The token of the last preview. One that cannot be read counts as lost. */
async function openToken(
  { cipher }: Pick<BesideDeps, 'cipher'>,
  tenantId: TenantId,
  token: Uint8Array | undefined,
): Promise<KnownToken | undefined> {
  const text = token && (await ifReadable(cipher.decrypt(token, tokenAt(tenantId))));
  // Only `besideTurn` writes it.
  return text === undefined ? undefined : (JSON.parse(text) as KnownToken);
}

/** What the turn has left, with the token of the last preview where that is newer. */
function withNewerToken(
  turn: FirefishMemory | undefined,
  last: KnownToken | undefined,
  givenAt: number,
): FirefishMemory | undefined {
  if (last?.givenAt !== givenAt) return turn;
  const own = turn?.givenAt === givenAt ? turn : undefined;
  const fetchedAt = ({ token }: KnownToken): number => token?.token?.fetchedAt ?? 0;
  if (own !== undefined && fetchedAt(own) >= fetchedAt(last)) return turn;
  return { ...own, ...(turn?.limits !== undefined && { limits: turn.limits }), ...last };
}
