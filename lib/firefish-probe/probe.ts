/**
 * Compares what this system relies on with the real Firefish: first the open questions, then each line that is not
 * documented (C seen, A assumed), and the documented ones that everything rests on. A difference is one edit in
 * assumptions.ts, or a setting.
 */
import { cannotTell, type Check, type Seen } from './check.ts';
import { Ground, type ProbeDeps } from './ground.ts';
import { CHANGES, CREATIONS, READS } from './lines.ts';
import { QUESTIONS } from './questions.ts';

export type Finding = Pick<Check, 'line' | 'expected'> & Seen;

export interface ProbeOptions {
  /** Also makes, changes and archives marked companies, candidates and contacts. */
  write: boolean;
}

/**
 * Goes through the lines one by one, in about half a minute with `write`; what it has no time for within an
 * invocation is reported as not seen. Stays within the limits that the tenant's calls share.
 */
export async function* probe(deps: ProbeDeps, { write }: ProbeOptions): AsyncGenerator<Finding> {
  const ground = await Ground.open(deps);
  const questions = QUESTIONS.filter(({ writes }) => write || !writes);
  const checks = write ? [...questions, ...CREATIONS, ...READS, ...CHANGES] : [...questions, ...READS];
  try {
    for (const { line, expected, look } of checks) {
      yield { line, expected, ...(await lookAt(ground, look)) };
    }
  } finally {
    await ground.end();
  }
}

async function lookAt(ground: Ground, look: Check['look']): Promise<Seen> {
  if (ground.isOver()) return { found: 'no time left for it: run it again in a minute', same: undefined };
  try {
    return await look(ground);
  } catch (error) {
    return cannotTell(error instanceof Error ? error.message : String(error));
  }
}
