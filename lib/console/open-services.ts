import { openAdministration } from '../admin/open-services.ts';
import { createIntake } from '../intake/accept-batch.ts';
import { besideTurn } from '../preview/beside-turn.ts';
import { SignOuts } from './sign-in/sign-outs.ts';
import type { ConsoleServices } from './services.ts';

/**
 * The verbs' services, and what the console also does: it accepts test events, and looks up records. @throws
 * ConfigError
 */
export async function openConsoleServices(): Promise<ConsoleServices> {
  const { services, config, credentials } = await openAdministration();
  const { cipher, clock, sync: table, wakeUps, newId } = services;
  return {
    ...services,
    credentials,
    signOuts: new SignOuts(credentials, clock),
    intake: createIntake({ table, wakeUps, cipher, clock, newId }),
    askFirefish: (tenant, ask) => besideTurn({ table, cipher, clock, config, fetch }, tenant, ask),
    limits: config.FIREFISH_RATE_LIMITS,
  };
}
