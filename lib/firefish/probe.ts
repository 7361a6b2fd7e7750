/**
 * Holds what this system takes Firefish to be against the real one: each line that is not documented (C seen,
 * A assumed), and the documented ones that everything rests on. A difference is one edit in assumptions.ts.
 */
import type { FirefishDeps } from './client.ts';
import { type ProbeAccess, probeAccess } from './probe-access.ts';
import type { Check, Finding } from './probe-check.ts';
import { limitChecks } from './probe-limits.ts';
import { recordChecks, searchChecks, tokenChecks } from './probe-reads.ts';
import { ProbeWrites } from './probe-writes.ts';

export type { Finding } from './probe-check.ts';

export interface ProbeOptions {
  /** Also makes, changes and archives one marked company, candidate and contact, and tries the limits. */
  write: boolean;
}

/**
 * Goes through the lines one by one, in about twenty seconds with `write`; what it has no time for within an
 * invocation, as where the minute's tokens are used up, is said to be unseen. Stays within the limits that the workers
 * share, but for ten calls of one check with `write` that are refused on purpose.
 */
export async function* probe(deps: FirefishDeps, { write }: ProbeOptions): AsyncGenerator<Finding> {
  const access = probeAccess(deps);
  const random = deps.random ?? Math.random;
  const marker = `probe${access.now().toString(36)}${Math.floor(random() * 1e6).toString(36)}`;
  const context = { access, marker };
  for (const check of tokenChecks(context)) yield await look(access, check);
  if (!write) {
    for (const check of [...searchChecks(context), ...recordChecks(context)]) yield await look(access, check);
    return;
  }
  const writes = new ProbeWrites(context);
  try {
    const [creations, others] = writes.checks();
    for (const check of creations) yield await look(access, check);
    // Now there is something to see the reading lines on.
    for (const check of [...searchChecks(context), ...recordChecks(context)]) yield await look(access, check);
    for (const check of others) yield await look(access, check);
  } finally {
    await writes.cleanUp();
  }
  for (const check of limitChecks(context)) yield await look(access, check);
}

async function look(access: ProbeAccess, { line, expected, look: see }: Check): Promise<Finding> {
  if (access.isOver()) {
    return { line, expected, found: 'no time left for it: run it again in a minute', same: undefined };
  }
  try {
    return { line, expected, ...(await see()) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { line, expected, found: `the check itself failed: ${why}`, same: undefined };
  }
}
