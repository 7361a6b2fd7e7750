/** Runs as bytes for DynamoDB: variable-length integers, each instant as the distance from the one before. */
import type { Run } from './windows.ts';

const CONTINUES = 0x80;

export function encodeIntegers(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number;
    // Division and not shifts: instants have more than 32 bits.
    for (; rest >= CONTINUES; rest = Math.floor(rest / CONTINUES)) bytes.push((rest % CONTINUES) + CONTINUES);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

export function decodeIntegers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let number = 0;
  let scale = 1;
  for (const byte of bytes) {
    number += (byte % CONTINUES) * scale;
    if (byte >= CONTINUES) {
      scale *= CONTINUES;
    } else {
      numbers.push(number);
      number = 0;
      scale = 1;
    }
  }
  return numbers;
}

export function encodeRuns(runs: readonly Run[]): Uint8Array {
  let before = 0;
  return encodeIntegers(
    runs.flatMap(([at, count]) => {
      const distance = at - before;
      before = at;
      return [distance, count];
    }),
  );
}

/** `undefined`, what a new item holds, is no runs. */
export function decodeRuns(bytes: Uint8Array | undefined): Run[] {
  const runs: Run[] = [];
  const numbers = decodeIntegers(bytes ?? new Uint8Array());
  let at = 0;
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    at += numbers[index] ?? 0;
    runs.push([at, numbers[index + 1] ?? 0]);
  }
  return runs;
}
