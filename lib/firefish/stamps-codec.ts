/** Stamps as bytes for DynamoDB: the lowest instant, then each stamp as its distance from it and its width. */
import { decodeIntegers, encodeIntegers } from './runs-codec.ts';
import type { Stamp } from './shared-time.ts';

export function encodeStamps(stamps: readonly Stamp[]): Uint8Array {
  const lowest = Math.min(...stamps.map(({ low }) => low));
  return encodeIntegers([lowest, ...stamps.flatMap(({ low, high }) => [low - lowest, high - low])]);
}

export function decodeStamps(bytes: Uint8Array): Stamp[] {
  const [lowest = 0, ...numbers] = decodeIntegers(bytes);
  const stamps: Stamp[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const low = lowest + (numbers[index] ?? 0);
    stamps.push({ low, high: low + (numbers[index + 1] ?? 0) });
  }
  return stamps;
}
