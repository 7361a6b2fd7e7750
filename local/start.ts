/**
 * `npm start`: the whole system on this machine, until Ctrl-C or SIGTERM. The limits that package.json gives V8 keep
 * the process small: what it uses is a fifth of what V8 would let lie on a machine with much memory.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { greeting } from './greeting.ts';
import { messageOf, StartError } from './start-error.ts';

/** How often to look whether npm, which started this process, is still there. */
const PARENT_CHECK_MS = 250;

// What is stored is for its owner alone: the embedded S3 does not encrypt.
process.umask(0o077);

// Standard output is for the line `ready`; what functions and libraries print goes beside it.
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

// The second start has nothing to compile, which is a quarter of the work. It keeps by itself what has changed apart.
enableCompileCache();
let stopping = false;
const starting = import('./stack.ts').then(({ startLocalStack }) =>
  startLocalStack({
    onFailure: (error) => {
      if (!stopping) die(error);
    },
  }),
);

/** npm passes a signal on that the terminal has sent to this process already: the second one says nothing new. */
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
  // At once: a kill would leave the next start without.
  flushCompileCache();
} catch (error) {
  die(error);
}

/** npm that was killed takes no child with it: this process would continue unseen, and hold the port. */
function endWithNpm(): void {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_CHECK_MS).unref();
}
