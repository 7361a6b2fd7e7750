/** The simulator for a development machine: with profiles, and with stored data. */
import { systemClock } from '../../lib/clock.ts';
import type { FirefishConfig } from '../../lib/config.ts';
import { DEMO_PROFILE, profileOnFirstUse } from './first-use.ts';
import { Journal } from './journal.ts';
import { FirefishSimulator } from './simulator.ts';

type Limits = Pick<FirefishConfig, 'FIREFISH_RATE_LIMITS' | 'FIREFISH_TOKEN_LIMITS'>;

/** @param directory where the agencies' data stay between runs; undefined: in memory */
export function embeddedSimulator(limits: Limits, directory: string | undefined): FirefishSimulator {
  const journal = directory === undefined ? undefined : new Journal(directory);
  const simulator = new FirefishSimulator({
    clock: systemClock,
    rateLimits: limits.FIREFISH_RATE_LIMITS,
    tokenLimits: limits.FIREFISH_TOKEN_LIMITS,
    profileOnFirstUse,
    ...(journal !== undefined && {
      onChange: (agency, change) => {
        journal.append(agency, change);
      },
    }),
  });
  journal?.restoreInto(simulator);
  simulator.addProfile(DEMO_PROFILE);
  return simulator;
}
