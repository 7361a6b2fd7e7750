/** The simulator by itself, for trying Firefish's API out by hand: `PORT` (4010), limits as in the whole system. */
import { systemClock } from '../../lib/clock.ts';
import { readConfig } from '../../lib/config.ts';
import { DEMO_PROFILE, profileOnFirstUse } from './first-use.ts';
import { startFirefishSimulator } from './server.ts';
import { FirefishSimulator } from './simulator.ts';

const USUAL_PORT = 4010;

const { FIREFISH_RATE_LIMITS, FIREFISH_TOKEN_LIMITS } = readConfig([
  'FIREFISH_RATE_LIMITS',
  'FIREFISH_TOKEN_LIMITS',
]);
const simulator = new FirefishSimulator({
  clock: systemClock,
  rateLimits: FIREFISH_RATE_LIMITS,
  tokenLimits: FIREFISH_TOKEN_LIMITS,
  profileOnFirstUse,
});
simulator.addProfile(DEMO_PROFILE);
const server = await startFirefishSimulator(simulator, {
  port: Number(process.env['PORT'] ?? USUAL_PORT),
});
console.log(`ready ${server.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.close().then(() => process.exit(0));
  });
}
