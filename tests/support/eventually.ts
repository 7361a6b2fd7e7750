/** Only a failing test takes that long: a little less than a test's time limit. */
const PATIENCE_MS = 50_000;
const LOOK_EVERY_MS = 50;

/** Returns what `look` found as soon as it is as expected. @throws Error with what it found last */
export async function eventually<Seen>(
  look: () => Promise<Seen>,
  wanted: (seen: Seen) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<Seen> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
