import type { WriteStream } from 'node:tty';

const WIDTH = 30;
/** Between two log lines, in milliseconds: a log should tell that it goes on, not fill up. */
const LOG_EVERY_MS = 2000;

type Out = Pick<WriteStream, 'write'> & { isTTY?: boolean };

/** A bar that is drawn over itself on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #out: Out;
  readonly #total: number;
  readonly #now: () => number;
  #loggedAt = 0;
  #last = '';

  constructor(out: Out, total: number, now: () => number) {
    this.#out = out;
    this.#total = total;
    this.#now = now;
  }

  show(done: number, detail: string): void {
    const finished = done >= this.#total;
    const line = `${String(done).padStart(String(this.#total).length)}/${this.#total} ${detail}`;
    if (this.#out.isTTY === true) {
      const filled = Math.round((WIDTH * done) / Math.max(1, this.#total));
      this.#out.write(
        `\r[${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${line}\u001b[K${finished ? '\n' : ''}`,
      );
    } else if (line !== this.#last && (finished || this.#now() - this.#loggedAt >= LOG_EVERY_MS)) {
      this.#loggedAt = this.#now();
      this.#last = line;
      this.#out.write(`${line}\n`);
    }
  }
}
