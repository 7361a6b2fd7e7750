/** A Firefish and a tenant's client for one turn after another, all in simulated time. */
import type { TenantId } from '../../../lib/ids.ts';
import { parseRateLimits, type FirefishConfig } from '../../../lib/config.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import {
  createTenantFirefish,
  type FirefishMemory,
  type TenantFirefish,
  type TenantFirefishDeps,
} from '../../../lib/firefish/tenant-firefish.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { FirefishSimulator, type SimulatorOptions } from '../../../local/firefish-simulator/simulator.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export const CONFIG: FirefishConfig = {
  FIREFISH_API_URL: 'https://firefish.test',
  FIREFISH_RATE_LIMITS: parseRateLimits('10/1s,200/1m,3000/1h'),
  FIREFISH_TOKEN_LIMITS: parseRateLimits('10/1m,30/1h'),
  EGRESS_ID: 'default',
  FIREFISH_TIMEOUT_MS: 20_000,
};

export class TurnStage {
  readonly clock = new VirtualClock();
  readonly table = new MemoryTable(this.clock);
  readonly simulator: FirefishSimulator;
  readonly config: FirefishConfig;
  /** The time to Firefish, or back, drawn for each call. */
  latencyMs: () => number = () => 0;

  constructor(config: Partial<FirefishConfig> = {}, options: Partial<SimulatorOptions> = {}) {
    this.config = { ...CONFIG, ...config };
    this.simulator = new FirefishSimulator({
      clock: this.clock,
      rateLimits: this.config.FIREFISH_RATE_LIMITS,
      tokenLimits: this.config.FIREFISH_TOKEN_LIMITS,
      ...options,
    });
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    await this.#way();
    const answer = await this.simulator.handle(request, this.config.EGRESS_ID);
    await this.#way();
    return answer;
  };

  turn(deps: Partial<TenantFirefishDeps> = {}): TenantFirefish {
    const tenantId = deps.tenantId ?? ('acme' as TenantId);
    return createTenantFirefish({
      ...{ tenantId, clientId: tenantId, clientSecret: `${tenantId}-secret`, givenAt: 0 },
      ...{ config: this.config, table: this.table, clock: this.clock, fetch: this.fetch },
      ...{ memory: undefined, elapsedMs: 0, crashed: false },
      mayLeave: () => undefined,
      ...deps,
    });
  }

  /** A turn's Firefish for bulk work. */
  client(deps: Partial<TenantFirefishDeps> = {}): Firefish {
    return this.turn(deps).for({ urgency: 3 });
  }

  addProfile(tenantId = 'acme', scopes?: readonly string[]): void {
    const profile = { clientId: tenantId, clientSecret: `${tenantId}-secret` };
    this.simulator.addProfile(scopes === undefined ? profile : { ...profile, scopes });
  }

  tokensAsked(): number {
    return this.simulator.calls().filter(({ endpoint }) => endpoint.includes('token')).length;
  }

  refusedByLimit(): number {
    return this.simulator.calls().filter(({ status }) => status === 429).length;
  }

  async #way(): Promise<void> {
    const ms = this.latencyMs();
    if (ms > 0) await this.clock.sleep(ms);
  }
}

/** As read from a turn record. */
export const kept = (memory: FirefishMemory): FirefishMemory =>
  JSON.parse(JSON.stringify(memory)) as FirefishMemory;
