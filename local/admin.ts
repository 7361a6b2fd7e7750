/** `npm run admin -- <verb> …`: administration of the local stack, or of a deployed stage. */
import { CommandLineError, type Invocation, readArguments } from './admin/arguments.ts';
import { format } from './admin/format.ts';
import { InvocationError, invokeLocally } from './admin/invoke.ts';
import { invokeStage } from './admin/invoke-stage.ts';
import { inOptions, wrongUsage } from './admin/refusal.ts';
import { ENTRIES_PER_PAGE } from '../lib/admin/entries-per-page.ts';
import { readPort } from './read-port.ts';
import { StartError } from './start-error.ts';

const [REFUSED, WRONG_USAGE] = [1, 2];

type Asked = Exclude<Invocation, { help: string }>;

async function run(args: readonly string[]): Promise<void> {
  const invocation = readArguments(args);
  if ('help' in invocation) {
    process.stdout.write(`${invocation.help}\n`);
    return;
  }
  const { stage, json, command } = invocation;
  if (command.ownWork === true) {
    await diagnose(stage, json);
    return;
  }
  const result = await resultOf(invocation);
  process.stdout.write(`${json ? JSON.stringify(result) : format(result)}\n`);
  if (command.afterword !== undefined && !json) process.stderr.write(`\n${command.afterword}\n`);
}

function resultOf(invocation: Asked): Promise<unknown> {
  const { untilDone: isInParts, pagedBy, pagedByNext } = invocation.command;
  if (pagedBy !== undefined) return allPages(invocation, pagedBy);
  if (pagedByNext === true) return allLists(invocation);
  return isInParts === true ? untilDone(invocation) : invoke(invocation);
}

/** Requests page after page; one that is not full is the last. */
async function allPages(invocation: Asked, pagedBy: string): Promise<unknown> {
  const entries: Record<string, unknown>[] = [];
  for (;;) {
    const after = entries.at(-1)?.[pagedBy];
    const payload = { ...invocation.payload, ...(after === undefined ? {} : { after }) };
    // The answer of verbs with `pagedBy`.
    const page = (await invoke({ ...invocation, payload })) as Record<string, unknown>[];
    entries.push(...page);
    if (page.length < ENTRIES_PER_PAGE) return entries;
  }
}

/** Requests page after page, and joins the lists. */
async function allLists(invocation: Asked): Promise<unknown> {
  const all: Record<string, unknown> = {};
  for (let after: unknown; ;) {
    const payload = { ...invocation.payload, ...(after === undefined ? {} : { after }) };
    // The answer of verbs with `pagedByNext`.
    const { next, ...page } = (await invoke({ ...invocation, payload })) as Record<string, unknown>;
    for (const [name, part] of Object.entries(page)) {
      const before = all[name];
      all[name] = Array.isArray(before) ? before.concat(part) : part;
    }
    if (next === undefined) return all;
    after = next;
  }
}

async function invoke({ verb, command, payload, stage }: Asked): Promise<unknown> {
  try {
    return await (stage === undefined
      ? invokeLocally(readPort(process.env.PORT), payload)
      : invokeStage(stage, payload));
  } catch (error) {
    if (!(error instanceof InvocationError) || !error.usage) throw error;
    throw new CommandLineError(wrongUsage(verb, inOptions(error.message, command)), { cause: error });
  }
}

/** Repeats the verb until it has done everything; says on standard error what it waits for. */
async function untilDone(invocation: Asked): Promise<unknown> {
  for (;;) {
    const result = await invoke(invocation);
    const { done, askAgainAt } = result as { done?: boolean; askAgainAt?: string };
    if (done !== false) return result;
    const waitMs = Math.max(0, Date.parse(askAgainAt ?? '') - Date.now()) || 0;
    if (waitMs > 0) process.stderr.write(`not all is over yet: again in ${Math.ceil(waitMs / 1000)} s\n`);
    await new Promise((resolve) => setTimeout(resolve, waitMs + 100));
  }
}

async function diagnose(stage: string | undefined, json: boolean): Promise<void> {
  // Loaded here: it needs every AWS client, and the other verbs should not wait for them.
  const { examineLocal, examineStage } = await import('./doctor/doctor.ts');
  const { formatFindings } = await import('./doctor/finding.ts');
  const findings = await (stage === undefined
    ? examineLocal(readPort(process.env.PORT))
    : examineStage(stage));
  process.stdout.write(`${json ? JSON.stringify(findings) : formatFindings(findings)}\n`);
  if (findings.some(({ state }) => state === 'wrong')) process.exitCode = REFUSED;
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  // A wrong `PORT` is wrong usage.
  const misused = error instanceof CommandLineError || error instanceof StartError;
  const known = misused || error instanceof InvocationError;
  process.stderr.write(`${known ? error.message : String(error)}\n`);
  process.exitCode = misused ? WRONG_USAGE : REFUSED;
}
