/**
 * Preloaded into the system for screenshots (`node --import`): its clock is shifted by the milliseconds in the file
 * CLOCK_SHIFT_FILE, so that it has hours of history after a minute.
 */
import { readFileSync } from 'node:fs';

const READ_EVERY_MS = 50;
const file = process.env['CLOCK_SHIFT_FILE'];

if (file !== undefined) {
  let shift = 0;
  const read = (): void => {
    // It may be half written.
    shift = Number(readFileSync(file, 'utf8')) || shift;
  };
  read();
  setInterval(read, READ_EVERY_MS).unref();
  const { now } = Date;
  globalThis.Date = new Proxy(Date, {
    construct: (target, given: []) => (given.length === 0 ? new target(now() + shift) : new target(...given)),
    get: (target, name) => (name === 'now' ? () => now() + shift : (Reflect.get(target, name) as unknown)),
  });
}
