/** Starts only the simulator, to try Firefish's API by hand. The settings are in `docs/firefish-simulator.md`. */
import { readConfig } from '../../lib/config.ts';
import { embeddedSimulator } from './embedded.ts';
import { startFirefishSimulator } from './server.ts';

const USUAL_PORT = 4010;

const limits = readConfig(['FIREFISH_RATE_LIMITS', 'FIREFISH_TOKEN_LIMITS']);
const simulator = embeddedSimulator(limits, process.env['DATA_DIR']);
const server = await startFirefishSimulator(simulator, { port: Number(process.env['PORT'] ?? USUAL_PORT) });
console.log(`ready ${server.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.close().then(() => process.exit(0));
  });
}
