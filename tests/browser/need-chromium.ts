/** Says how to get a browser where there is none, instead of failing every test. */
import { findChromium, HOW_TO_GET_ONE } from './chromium.ts';

export default function needChromium(): void {
  if (findChromium(process.env) !== undefined) return;
  console.error(HOW_TO_GET_ONE);
  process.exit(1);
}
