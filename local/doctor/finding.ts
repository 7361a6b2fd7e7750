/** One line of the output of `doctor`. */
export interface Finding {
  /** Of what. */
  part: string;
  /** `unknown`: it could not be read, or it is not known yet. */
  state: 'ok' | 'wrong' | 'unknown';
  found: string;
  /** What to do about it. */
  advice?: string;
}

export const ok = (part: string, found: string): Finding => ({ part, state: 'ok', found });
export const wrong = (part: string, found: string, advice: string): Finding => ({
  part,
  state: 'wrong',
  found,
  advice,
});
export const unknown = (part: string, found: string, advice: string): Finding => ({
  part,
  state: 'unknown',
  found,
  advice,
});

const NOT_THERE = /NotFound|DoesNotExist|NonExistent/;
const NOT_ALLOWED = /AccessDenied|NotAuthorized|Unauthorized|AuthorizationError/;

/** Runs a check, and turns an error into a finding, so that one part's problem does not hide others. */
export async function examine(part: string, ask: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await ask();
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (NOT_THERE.test(name)) {
      return [
        wrong(
          part,
          `it is not there (${name})`,
          'deploy again; if a table or the key is gone, see docs/deploy.md',
        ),
      ];
    }
    if (NOT_ALLOWED.test(name)) {
      return [unknown(part, message, 'ask someone for this permission, or someone who has it to look')];
    }
    return [
      unknown(part, `${name}: ${message}`, 'is the network there, and are region and credentials right?'),
    ];
  }
}

/** Lines for people, aligned. Below a problem, a line says what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  return findings
    .flatMap(({ part, state, found, advice }) => [
      `${state.padEnd(7)}  ${part.padEnd(width)}  ${found}`,
      ...(advice === undefined ? [] : [`${' '.repeat(width + 11)}→ ${advice}`]),
    ])
    .join('\n');
}
