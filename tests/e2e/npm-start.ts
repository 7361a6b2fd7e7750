/** `npm start` as its own process, as a user has it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
/** Far more than a busy machine needs. */
const READY_WITHIN_MS = 60_000;

export interface RunningSystem {
  /** From the line `ready`. */
  url: string;
  /** Of the embedded simulator; undefined if FIREFISH_API_URL was given. */
  firefishUrl: string | undefined;
  /** What was printed on standard output after npm's own lines. */
  output: () => string;
  errors: () => string;
  /**
   * Sends SIGTERM to npm alone, as a supervisor would, and SIGINT to its whole group, as a terminal does.
   * Answers the exit code and how long it took.
   */
  end: (signal?: 'SIGTERM' | 'SIGINT') => Promise<{ code: number | null; ms: number }>;
  /** kill -9 to npm alone. Settles once all that it started has ended too. */
  killNpm: () => Promise<void>;
  /** kill -9 to everything at once. */
  kill: () => Promise<void>;
}

/** What `npm start` printed and how it ended, if it did not become ready. */
export class NotReadyError extends Error {
  override name = 'NotReadyError';
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  constructor(code: number | null, output: string, errors: string) {
    super(`npm start ended with ${code}: ${errors}`);
    this.code = code;
    this.output = output;
    this.errors = errors;
  }
}

/** Settings of the machine that runs the tests must not get in. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR'];

/** @throws NotReadyError */
export async function npmStart(
  environment: Record<string, string> = {},
  readyWithinMs = READY_WITHIN_MS,
): Promise<RunningSystem> {
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  // In its own process group, so that nothing of it survives a kill.
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: PROJECT,
    env: { ...inherited, PORT: '0', NPM_CONFIG_UPDATE_NOTIFIER: 'false', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const written = { output: '', errors: '' };
  npm.stdout.on('data', (chunk: Buffer) => (written.output += chunk.toString()));
  npm.stderr.on('data', (chunk: Buffer) => (written.errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => npm.once('close', resolve));
  const line = await readyLine(npm, written, ended, readyWithinMs);
  const url = /^ready (\S+)/.exec(line)?.[1] ?? '';
  const firefishUrl = /Firefish simulator: ([^\s,)]+)/.exec(line)?.[1];
  return {
    url,
    firefishUrl,
    output: () => written.output,
    errors: () => written.errors,
    end: async (signal = 'SIGTERM') => {
      const start = Date.now();
      if (signal === 'SIGTERM') npm.kill(signal);
      else process.kill(-(npm.pid ?? 0), signal);
      const code = await ended;
      return { code, ms: Date.now() - start };
    },
    killNpm: async () => {
      npm.kill('SIGKILL');
      await ended;
    },
    kill: async () => {
      killGroup(npm);
      await ended;
    },
  };
}

async function readyLine(
  npm: ChildProcess,
  written: { output: string; errors: string },
  ended: Promise<number | null>,
  readyWithinMs: number,
): Promise<string> {
  const deadline = Date.now() + readyWithinMs;
  let code: number | null | undefined;
  void ended.then((value) => (code = value));
  for (;;) {
    const line = /^ready .*\n/m.exec(written.output)?.[0];
    if (line !== undefined) return line;
    if (code !== undefined) throw new NotReadyError(code, written.output, written.errors);
    if (Date.now() > deadline) {
      killGroup(npm);
      await ended;
      throw new NotReadyError(null, written.output, `not ready in time; ${written.errors}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
