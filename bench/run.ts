/** `npm run bench`: every bench; `npm run bench -- import`: the named ones. Ends with 1 if a stated bound is broken. */
import { benchFairness } from './fairness.ts';
import { benchImport } from './import.ts';
import { benchLimits } from './limits.ts';
import { benchThroughput } from './throughput.ts';
import { benchUrgent } from './urgent.ts';
import { benchWriteUnits } from './write-units.ts';

/** Prints what it measured; returns whether the bounds it states were kept. */
type Bench = () => Promise<boolean>;

const BENCHES: Record<string, Bench> = {
  import: benchImport,
  throughput: benchThroughput,
  limits: benchLimits,
  'write-units': benchWriteUnits,
  urgent: benchUrgent,
  fairness: benchFairness,
};

const asked = process.argv.slice(2);
const names = asked.length === 0 ? Object.keys(BENCHES) : asked;
const unknown = names.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`no bench named ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

for (const name of names) {
  console.log(`\n== ${name}`);
  const kept = await BENCHES[name]?.();
  if (kept !== true) process.exitCode = 1;
}
