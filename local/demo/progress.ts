import type { WriteStream } from 'node:tty';

const WIDTH = 30;
/** Between two log lines, in milliseconds: a log should show that work continues, without many lines. */
const LOG_EVERY_MS = 2000;

type Out = Pick<WriteStream, 'write'> & { isTTY?: boolean };

/** A progress bar on a terminal, a line from time to time elsewhere. */
export class Progress {
  readonly #out: Out;
  readonly #now: () => number;
  #loggedAt = 0;
  #last = '';

  constructor(out: Out, now: () => number) {
    this.#out = out;
    this.#now = now;
  }

  show(done: number, total: number, detail: string): void {
    const finished = done >= total;
    const line = `${String(done).padStart(String(total).length)}/${total} ${detail}`;
    if (this.#out.isTTY === true) {
      const filled = Math.round((WIDTH * done) / Math.max(1, total));
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      this.#out.write(`\r[${bar}] ${line}\u001b[K${finished ? '\n' : ''}`);
    } else if (line !== this.#last && (finished || this.#now() - this.#loggedAt >= LOG_EVERY_MS)) {
      this.#loggedAt = this.#now();
      this.#last = line;
      this.#out.write(`${line}\n`);
    }
  }
}
