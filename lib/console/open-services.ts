import { randomUUID } from 'node:crypto';
import { openAdministration } from '../admin/open-services.ts';
import { Intake } from '../intake/accept-events.ts';
import { CountingTable } from '../store/counting-table.ts';
import { firefishClients } from '../sync/firefish-clients.ts';
import type { ConsoleServices } from './services.ts';

/** The verbs' services, and what the console does besides: it counts, takes in test events, asks for records. @throws ConfigError */
export async function openConsoleServices(): Promise<ConsoleServices> {
  const { services, config, dynamo, credentials } = await openAdministration();
  const { cipher, clock, queue } = services;
  const sync = new CountingTable(dynamo, config.SYNC_TABLE, clock);
  return {
    ...services,
    sync,
    credentials,
    intake: new Intake(sync, queue, cipher, clock, randomUUID),
    firefishOf: firefishClients({ config, table: sync, cipher, clock, fetch }),
    limits: config.FIREFISH_RATE_LIMITS,
    newId: randomUUID,
  };
}
