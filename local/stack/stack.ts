/**
 * The whole system on one machine, in one process: queue and tables embedded or given, Firefish simulated or
 * given, the functions behind a local HTTP server, a Lambda Invoke server, a queue poller and the schedule.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../../lib/clock.ts';
import { openCipher } from '../../lib/crypto/open-cipher.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { type DataDirectory, homeKeyFile, openDataDirectory } from './data-directory.ts';
import { type Deployment, readDeployment } from './deployment.ts';
import { type Emulators, openEmulators } from '../embedded/emulators.ts';
import type { FirefishSimulator } from '../firefish-simulator/simulator.ts';
import { type LocalFirefish, openFirefish } from '../firefish.ts';
import { functionEnvironment, keyFileOf, LOCAL_SIGNING_KEY, setEnvironment } from './function-environment.ts';
import { openHttpServer } from '../http/http-server.ts';
import { makeInvokeHandler, openInvokeServer } from '../http/invoke-server.ts';
import { loadFunction, type LocalFunction } from './local-function.ts';
import { openConsole, type SignIn } from '../console.ts';
import { provisionBucket } from './provision-bucket.ts';
import { type Provisioned, provision } from './provisioning.ts';
import { startQueuePoller } from './queue-poller.ts';
import { startSchedule } from './schedule.ts';
import { type Environment, readSettings, type Settings } from './settings.ts';
import { resumeWork } from './resume-work.ts';
import { messageOf, StartError } from '../start-error.ts';
import { warmUp } from './warm-up.ts';

export interface LocalStackOptions {
  /** The settings of section 2 of the contract; default the process's own. */
  environment?: Environment;
  /** The directory of serverless.yml and the functions; default this project. */
  directory?: URL;
  /**
   * Called with what a log would have: failures of functions, a queue that does not answer. Default: standard error.
   */
  onError?: (message: string) => void;
  /** Called if an embedded service has ended, which ends the system. */
  onFailure?: (error: Error) => void;
}

export interface LocalStack {
  /** Of the HTTP server. */
  url: string;
  firefishUrl: string;
  /** Absent if FIREFISH_API_URL was given. */
  simulator?: FirefishSimulator;
  /** The sign-in provider of the console; empty if there is none. */
  issuer: string;
  /** The functions' environment: names of queues and tables, addresses of the embedded services. */
  environment: Record<string, string>;
  /**
   * Gives current work three seconds to end, then closes everything, within the five seconds that a supervisor waits.
   */
  stop(): Promise<void>;
}

/** Current work can end by itself within this time; then it is ended. */
const GRACE_MS = 3000;
const FIRST_SCHEDULED_RUN_MS = 2000;

/** Closes in the opposite order of opening. */
class Closers {
  readonly #closers: (() => unknown)[] = [];
  add(close: () => unknown): void {
    this.#closers.unshift(close);
  }
  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }
}

/**
 * The functions are loaded into this process and read their environment from it: one stack at a time.
 * @throws StartError saying in one line why it cannot start; then nothing is left running
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const closers = new Closers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(options: LocalStackOptions, closers: Closers): Promise<LocalStack> {
  const given = options.environment ?? process.env;
  const onError =
    options.onError ??
    ((message: string) => {
      console.error(message);
    });
  const settings = readSettings(given);
  closers.add(setEnvironment(given));
  const deployment = readDeployment(options.directory ?? new URL('../../', import.meta.url));
  const tablesElsewhere = settings.endpoints.dynamoDb !== undefined;
  const directory = await openDataDirectory(settings.dataDirectory, tablesElsewhere);
  closers.add(() => directory.close());

  const [[emulators, firefish], signIn] = await Promise.all([
    openServices(settings, { ...directory, keyFile: keyFileOf(given, directory.keyFile) }, onError, closers),
    openConsole(given, deployment, onError, closers),
  ]);
  void emulators?.failure.then(options.onFailure);
  const environment = functionEnvironment({
    given,
    settings,
    keyFile: directory.keyFile,
    endpoints: {
      sqs: emulators?.urls.sqs,
      dynamoDb: emulators?.urls.dynamoDb,
      s3: emulators?.urls.s3,
    },
    firefishUrl: firefish.url,
  });
  closers.add(setEnvironment({ ...environment, ...signIn.environment }));

  const clients = {
    sqs: new SQSClient({ useQueueUrlAsEndpoint: false }),
    dynamoDb: new DynamoDBClient({}),
  };
  closers.add(() => {
    clients.sqs.destroy();
    clients.dynamoDb.destroy();
  });
  const provisioned = await provisionOrSay(deployment, settings, clients, environment);
  const references = referencedValues(deployment, provisioned);
  closers.add(setEnvironment(references));
  await checkKey(environment, references, clients.dynamoDb);
  if (environment.KEY_FILE === homeKeyFile()) {
    onError(
      `KEY_FILE: the key to what is kept in ${String(settings.endpoints.dynamoDb)} is ${homeKeyFile()}; keep it as long as those tables, or set KEY_FILE or DATA_DIR`,
    );
  }

  const functions = await loadFunctions(deployment);
  const { SYNC_TABLE } = references;
  if (emulators?.urls.dynamoDb !== undefined && SYNC_TABLE !== undefined) {
    await warmUp(SYNC_TABLE);
    // With its own tables this process is the only one, so the holder of each lease has ended.
    await resumeWork(references, clients);
  }
  const work: Work = { settings, deployment, provisioned, functions, onError, sqs: clients.sqs, signIn };
  const servers = await openServers(work);
  signIn.serve(servers.url);
  closers.add(servers.close);
  closers.add(setEnvironment(servers.environment));
  const stopWork = startWork(work);
  // Together, so that current requests and current batches have the same few seconds.
  closers.add(() => within(GRACE_MS, Promise.all([stopWork(), servers.close()])));
  return {
    url: servers.url,
    firefishUrl: firefish.url,
    issuer: signIn.environment.OIDC_ISSUER ?? '',
    ...(firefish.simulator === undefined ? {} : { simulator: firefish.simulator }),
    environment: definedIn({ ...environment, ...references, ...servers.environment }),
    stop: () => closers.closeAll(),
  };
}

type ServiceDirectories = Omit<DataDirectory, 'keyFile' | 'close'> & { keyFile: string | undefined };

/** Queue, tables and Firefish side by side; what was opened is closed again if another one fails. */
async function openServices(
  settings: Settings,
  directory: ServiceDirectories,
  onError: (message: string) => void,
  closers: Closers,
): Promise<[Emulators | undefined, LocalFirefish]> {
  const opening = [
    openMissing(settings, directory).then((emulators) => {
      closers.add(() => emulators?.stop());
      return emulators;
    }),
    openFirefish(settings, directory.firefish, onError).then((firefish) => {
      closers.add(() => firefish.close());
      return firefish;
    }),
  ] as const;
  // After all of them have ended: then whatever is open is closed.
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

/** The emulators of what was not given; no thread if nothing is missing. */
async function openMissing(
  { endpoints }: Settings,
  { queue, tables, documents, keyFile }: ServiceDirectories,
): Promise<Emulators | undefined> {
  const { sqs, dynamoDb, s3 } = endpoints;
  // Otherwise the functions sign with the credentials of the services that were given.
  const signingKey = [sqs, dynamoDb, s3].every((url) => url === undefined) ? LOCAL_SIGNING_KEY : undefined;
  const wanted = {
    ...(sqs === undefined ? { sqs: { directory: queue } } : {}),
    ...(dynamoDb === undefined ? { dynamoDb: { directory: tables } } : {}),
    ...(s3 === undefined ? { s3: { directory: documents, signingKey, keyFile } } : {}),
  };
  return Object.keys(wanted).length === 0 ? undefined : openEmulators(wanted);
}

async function provisionOrSay(
  deployment: Deployment,
  { endpoints }: Settings,
  clients: { sqs: SQSClient; dynamoDb: DynamoDBClient },
  { AWS_ENDPOINT_URL_S3, DOCUMENTS_BUCKET = '' }: Environment,
): Promise<Provisioned> {
  const s3 = endpoints.s3 ?? AWS_ENDPOINT_URL_S3 ?? '';
  try {
    const [provisioned] = await Promise.all([
      provision(deployment, clients.sqs, clients.dynamoDb),
      provisionBucket(s3, DOCUMENTS_BUCKET, clients.dynamoDb),
    ]);
    return provisioned;
  } catch (error) {
    const given = [
      endpoints.sqs === undefined ? undefined : `AWS_ENDPOINT_URL_SQS=${endpoints.sqs}`,
      endpoints.dynamoDb === undefined ? undefined : `AWS_ENDPOINT_URL_DYNAMODB=${endpoints.dynamoDb}`,
      endpoints.s3 === undefined ? undefined : `AWS_ENDPOINT_URL_S3=${endpoints.s3}`,
    ].filter((text) => text !== undefined);
    if (given.length === 0) throw error;
    throw new StartError(
      `queues, tables and the bucket can't be made (${messageOf(error)}); is the service there, and are the credentials right? ${given.join(' ')}`,
      { cause: error },
    );
  }
}

/** The variables of serverless.yml that name a queue or a table of the deployment. */
function referencedValues(
  { references }: Deployment,
  { queues, tables }: Provisioned,
): Record<string, string> {
  return Object.fromEntries(
    [...references].flatMap(([name, logicalId]) => {
      const value = queues.get(logicalId)?.url ?? tables.get(logicalId);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A damaged, missing or wrong key is reported now, not by the first function that needs it. */
async function checkKey(
  { KEY_FILE }: Environment,
  { CREDENTIALS_TABLE }: Environment,
  dynamoDb: DynamoDBClient,
): Promise<void> {
  if (KEY_FILE === undefined || CREDENTIALS_TABLE === undefined) return;
  try {
    const credentials = new DynamoTable(dynamoDb, CREDENTIALS_TABLE, systemClock);
    await openCipher({ KMS_KEY_ARN: undefined, KEY_FILE }, systemClock, credentials);
  } catch (error) {
    throw new StartError(`KEY_FILE: ${messageOf(error)}`, { cause: error });
  }
}

async function loadFunctions({ functions }: Deployment): Promise<Map<string, LocalFunction>> {
  const loaded = await Promise.all(functions.map(loadFunction));
  return new Map(loaded.map((each) => [each.name, each]));
}

interface Work {
  settings: Settings;
  deployment: Deployment;
  provisioned: Provisioned;
  functions: ReadonlyMap<string, LocalFunction>;
  sqs: SQSClient;
  signIn: SignIn;
  onError: (message: string) => void;
}

interface Servers {
  url: string;
  environment: Record<string, string>;
  close: () => Promise<unknown>;
}

async function openServers({ settings, deployment, functions, onError, signIn }: Work): Promise<Servers> {
  const invokeHandler =
    settings.endpoints.lambda === undefined ? makeInvokeHandler(functions, onError) : undefined;
  const http = await openHttpServer({
    port: settings.port,
    routes: deployment.routes,
    functions,
    authorizers: signIn.authorizers,
    onError,
    ...(invokeHandler === undefined ? {} : { invokeHandler }),
  });
  if (invokeHandler === undefined)
    return { url: http.url, environment: {}, close: () => http.close(GRACE_MS) };
  const invoke = await openInvokeServer(invokeHandler);
  return {
    url: http.url,
    environment: { AWS_ENDPOINT_URL_LAMBDA: invoke.url },
    close: () => Promise.all([http.close(GRACE_MS), invoke.close(GRACE_MS)]),
  };
}

/** Starts queue pollers and schedules. Returns a function that ends them. */
function startWork({ deployment, provisioned, functions, sqs, onError }: Work): () => Promise<unknown> {
  const named = (name: string): LocalFunction => {
    const found = functions.get(name);
    if (found === undefined) throw new Error(`serverless.yml names no function ${name}`);
    return found;
  };
  const running = [
    ...deployment.queueSources.map(({ functionName, queue, ...source }) => {
      const made = provisioned.queues.get(queue);
      if (made === undefined) throw new Error(`serverless.yml makes no queue ${queue}`);
      return startQueuePoller({
        ...source,
        sqs,
        queueUrl: made.url,
        queueArn: made.arn,
        target: named(functionName),
        onError,
      });
    }),
    ...deployment.schedules.map(({ functionName, everyMs }) =>
      startSchedule({ target: named(functionName), everyMs, firstAfterMs: FIRST_SCHEDULED_RUN_MS, onError }),
    ),
  ];
  return () => {
    for (const each of functions.values()) each.hurry();
    return Promise.all(running.map((each) => each.stop()));
  };
}

/** Without what is unset. */
const definedIn = (variables: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** Waits for `work`, but not longer than this. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}
