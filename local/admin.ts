/** `npm run admin -- <verb> …`: administration of the local stack, or of a deployed stage. */
import { CommandLineError, readArguments } from './admin/arguments.ts';
import { format } from './admin/format.ts';
import { InvocationError, invokeLocally } from './admin/invoke.ts';
import { invokeStage } from './admin/invoke-stage.ts';

const [REFUSED, WRONG_USAGE] = [1, 2];

async function run(args: readonly string[]): Promise<void> {
  const invocation = readArguments(args);
  if ('help' in invocation) {
    process.stdout.write(`${invocation.help}\n`);
    return;
  }
  const { payload, stage, json, command } = invocation;
  if (command.ownWork === true) {
    await diagnose(stage, json);
    return;
  }
  const result = await (stage === undefined
    ? invokeLocally(process.env.PORT ?? '4000', payload)
    : invokeStage(stage, payload));
  process.stdout.write(`${json ? JSON.stringify(result) : format(result)}\n`);
  if (command.afterword !== undefined && !json) process.stderr.write(`\n${command.afterword}\n`);
}

async function diagnose(stage: string | undefined, json: boolean): Promise<void> {
  // Loaded here: it knows every AWS client there is, which the other verbs need not wait for.
  const { examineLocal, examineStage } = await import('./doctor/doctor.ts');
  const { formatFindings } = await import('./doctor/finding.ts');
  const findings = await (stage === undefined
    ? examineLocal(process.env.PORT ?? '4000')
    : examineStage(stage));
  process.stdout.write(`${json ? JSON.stringify(findings) : formatFindings(findings)}\n`);
  if (findings.some(({ state }) => state === 'wrong')) process.exitCode = REFUSED;
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const known = error instanceof CommandLineError || error instanceof InvocationError;
  process.stderr.write(`${known ? error.message : String(error)}\n`);
  const wrongUsage = error instanceof CommandLineError || (error instanceof InvocationError && error.usage);
  process.exitCode = wrongUsage ? WRONG_USAGE : REFUSED;
}
