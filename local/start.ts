/**
 * `npm start`: the whole system on this machine, until Ctrl-C or SIGTERM. The limits that package.json gives V8 keep
 * the process small: without them, V8 would use five times as much on a machine with much memory.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { greeting } from './greeting.ts';
import { messageOf, StartError } from './start-error.ts';

/** How often to look whether npm, which started this process, is still there. */
const PARENT_CHECK_MS = 250;

// Stored data is only for its owner, because the key to it is stored beside it.
process.umask(0o077);

// Standard output is for the line `ready`; output of functions and libraries goes to standard error.
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
// The reader of the line may have closed the pipe.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

function die(error: unknown): never {
  const message =
    error instanceof StartError
      ? error.message
      : `can't continue: ${error instanceof Error ? (error.stack ?? messageOf(error)) : String(error)}`;
  console.error(message);
  process.exit(1);
}

// The second start has nothing to compile, which saves a quarter of the work. The cache notices changed files by
// itself.
enableCompileCache();
let stopping = false;
const starting = import('./stack/stack.ts').then(({ startLocalStack }) =>
  startLocalStack({
    onFailure: (error) => {
      if (!stopping) die(error);
    },
  }),
);

/** npm forwards a signal that the terminal has already sent to this process, so the second one is ignored. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  starting.then((stack) => stack.stop()).then(() => process.exit(0), die);
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
endWithNpm();

try {
  const { url, simulator, firefishUrl } = await starting;
  const beside = [
    `console: ${url}/console`,
    ...(simulator === undefined ? [] : [`Firefish simulator: ${firefishUrl}`]),
  ];
  print(`ready ${url} (${beside.join(', ')})\n`);
  if (process.stdout.isTTY)
    print(greeting({ url, simulator: simulator === undefined ? undefined : firefishUrl }));
  // At once, because after a kill the next start would have no cache.
  flushCompileCache();
} catch (error) {
  die(error);
}

/** If npm is killed, its child processes continue: this process would stay unnoticed and keep the port. */
function endWithNpm(): void {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_CHECK_MS).unref();
}
