/**
 * Compares what this system relies on with the real Firefish: first the open questions, then each line that is not
 * documented (C seen, A assumed), and the documented ones that everything rests on. A difference is one edit in
 * assumptions.ts, or a setting.
 */
import { type Access, openAccess, type ProbeDeps } from './access.ts';
import type { Check, Finding } from './check.ts';
import { questions } from './questions.ts';
import { recordChecks, searchChecks, tokenChecks } from './reads.ts';
import { ProbeRecords } from './records.ts';
import { creationChecks, changeChecks } from './writes.ts';

export type { Finding } from './check.ts';

export interface ProbeOptions {
  /** Also makes, changes and archives marked companies, candidates and contacts. */
  write: boolean;
}

/**
 * Goes through the lines one by one, in about half a minute with `write`; what it has no time for within an
 * invocation is reported as not seen. Stays within the limits that the tenant's calls share.
 */
export async function* probe(deps: ProbeDeps, { write }: ProbeOptions): AsyncGenerator<Finding> {
  const access = await openAccess(deps);
  const random = deps.random ?? Math.random;
  const marker = `probe${access.now().toString(36)}${Math.floor(random() * 1e6).toString(36)}`;
  const records = write ? new ProbeRecords(access, marker) : undefined;
  const reads = [...tokenChecks(access), ...searchChecks(access, marker), ...recordChecks(access)];
  try {
    yield* lookAt(access, questions(access, records));
    if (records !== undefined) yield* lookAt(access, creationChecks(records));
    yield* lookAt(access, reads);
    if (records !== undefined) yield* lookAt(access, changeChecks(records));
  } finally {
    try {
      await records?.cleanUp();
    } finally {
      await access.end();
    }
  }
}

async function* lookAt(access: Access, checks: readonly Check[]): AsyncGenerator<Finding> {
  for (const { line, expected, look } of checks) {
    if (access.isOver()) {
      yield { line, expected, found: 'no time left for it: run it again in a minute', same: undefined };
      continue;
    }
    try {
      yield { line, expected, ...(await look()) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      yield { line, expected, found: `can't tell: ${why}`, same: undefined };
    }
  }
}
