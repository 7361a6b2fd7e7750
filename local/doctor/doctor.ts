/** `npm run admin -- doctor`: checks what is deployed, reachable, configured and drifting, and says what to do. */
import { readDeployment } from '../stack/deployment.ts';
import { messageOf } from '../start-error.ts';
import { InvocationError, invokeLocally } from '../admin/invoke.ts';
import { invokeStage, WHO_ASKS } from '../admin/invoke-stage.ts';
import { examineAgencies } from './examine-agencies.ts';
import { examineAlarms } from './examine-alarms.ts';
import { examineFunctions } from './examine-functions.ts';
import { examineStack } from './examine-stack.ts';
import { examineStores } from './examine-stores.ts';
import { examineTrail } from './examine-trail.ts';
import { examine, type Finding, ok, wrong } from './finding.ts';
import { findStage, type Stage } from './stage.ts';

const TIMEOUT_MS = 10_000;

/**
 * Checks a deployed stage with the caller's AWS credentials. @throws InvocationError if AWS cannot be reached at all
 */
export async function examineStage(name: string): Promise<Finding[]> {
  const deployment = readDeployment(new URL('../../', import.meta.url));
  let stage: Stage | undefined;
  try {
    stage = await findStage(deployment.service, name);
  } catch (error) {
    throw new InvocationError(`AWS can't be asked: ${messageOf(error)}; ${WHO_ASKS}`, false, {
      cause: error,
    });
  }
  if (stage === undefined) {
    const advice = `npx serverless deploy --stage ${name}; if it is in another region: AWS_REGION`;
    return [wrong('stack', `there is no stack ${deployment.service}-${name}`, advice)];
  }
  const url = stage.outputs.get('HttpApiUrl');
  const [functions, stores, alarms, trail, api] = await Promise.all([
    examineFunctions(stage, deployment),
    examineStores(stage, deployment),
    examineAlarms(stage),
    examineTrail(),
    url === undefined
      ? [wrong('api', 'the stack has no output HttpApiUrl', 'deploy again')]
      : examineApi(url),
  ]);
  const run = (payload: Record<string, unknown>): Promise<unknown> => invokeStage(name, payload);
  return [
    ...examineStack(stage),
    ...functions.findings,
    ...stores,
    ...alarms,
    ...trail,
    ...api,
    ...(await examine('agencies', () => examineAgencies(run, functions.egressId))),
  ];
}

/** Checks the system on this machine. */
export async function examineLocal(port: number): Promise<Finding[]> {
  const api = await examineApi(`http://127.0.0.1:${port}`);
  if (api.some(({ state }) => state !== 'ok')) {
    return api.map((finding) => ({
      ...finding,
      advice: 'start it with npm start (PORT says where), or name a deployed stage with --stage',
    }));
  }
  const run = (payload: Record<string, unknown>): Promise<unknown> => invokeLocally(port, payload);
  return [...api, ...(await examine('agencies', () => examineAgencies(run)))];
}

async function examineApi(url: string): Promise<Finding[]> {
  const healthz = `${url}/healthz`;
  const advice = 'see the log of the function api, and the custom domain if there is one';
  try {
    const started = performance.now();
    const { status } = await fetch(healthz, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const found = `${healthz} answers ${status} in ${Math.round(performance.now() - started)} ms`;
    return [status === 200 ? ok('api', found) : wrong('api', found, advice)];
  } catch (error) {
    return [wrong('api', `${healthz} does not answer (${messageOf(error)})`, advice)];
  }
}
