/** Saves the turn record every few seconds, and earlier where groups wait to be announced. */
import type { Clock } from '../clock.ts';
import { TURN } from '../times.ts';
import type { Kept, Lease } from './lease.ts';
import { TurnOverError } from './turn-context.ts';

interface Saving {
  lease: Lease;
  clock: Clock;
  /** What the record says now. */
  kept: () => Promise<Kept>;
  /** Told of each save that succeeded. */
  onSaved: (kept: Kept) => Promise<void>;
  onError: (error: unknown) => void;
}

export class Saver {
  readonly #saving: Saving;
  readonly #alarm: Alarm;
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(saving: Saving) {
    this.#saving = saving;
    this.#alarm = new Alarm(saving.clock);
    this.#running = this.#run();
  }

  saveSoon(): void {
    this.#alarm.ring();
  }

  /** Waits for the save under way. Never throws. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { lease, kept, onSaved, onError } = this.#saving;
    let pause: number = TURN.saveEveryMs;
    for (;;) {
      await this.#alarm.wait(pause);
      if (this.#stopped || lease.signal.aborted) return;
      try {
        const saved = await kept();
        await lease.save(saved);
        await onSaved(saved);
        pause = TURN.saveEveryMs;
      } catch (error) {
        if (error instanceof TurnOverError) return;
        onError(error);
        pause = TURN.saveAgainMs;
      }
    }
  }
}

/** What the turn's loop waits for: time, or that something happened. */
export class Alarm {
  readonly #clock: Clock;
  #rung = false;
  #sleeping: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#sleeping?.abort();
  }

  /** Ends after this time, or as soon as the alarm rings or has rung since it was waited for last. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      this.#sleeping = new AbortController();
      await this.#clock.sleep(milliseconds, this.#sleeping.signal);
      this.#sleeping = undefined;
    }
    this.#rung = false;
  }
}
