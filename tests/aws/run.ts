/**
 * `npm run test:aws`: deploys the project to an AWS emulator, runs what was deployed under enforced IAM, removes it,
 * and deploys it again. Each step needs those before it: the first that fails ends the run.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { profileOnFirstUse } from '../../local/firefish-simulator/first-use.ts';
import { startFirefishSimulator } from '../../local/firefish-simulator/server.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import { openOidcServer, type OidcServer } from '../../local/oidc/server.ts';
import { type Aws, startAws } from './aws.ts';
import { byRoute, directly } from './routes.ts';
import { enable, type Journey, STEPS } from './journey.ts';
import { unusedGrants } from './least-privilege.ts';
import { Lifecycle } from './lifecycle.ts';
import { ACCOUNT, REGION } from './moto.ts';
import { NEVER_USED } from './never-used.ts';
import { roleStatements } from './policies.ts';
import { asOption, copyProject, serverless } from './serverless.ts';
import { startSystem, type System } from './system.ts';
import type { DeployedTemplate } from './template.ts';
import { prepareTools, type Tools } from './tools.ts';

const OIDC = { clientId: 'console', audience: 'console-api' };
/** The journey calls Firefish as fast as possible, and would otherwise wait for tokens for an hour. */
const LIMITS = { FIREFISH_RATE_LIMITS: '100000/1s', FIREFISH_TOKEN_LIMITS: '100000/1s' };

/** What a stage has only if its parameters set it. */
const EVERYTHING = {
  ...{ alarmEmail: 'ops@agency.example', tracing: 'Active', domainName: 'sync.agency.example' },
  certificateArn: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
  encryptionKeyArns: ['next', 'before'].map((key) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${key}`).join(','),
  ...{ oidcIssuer: 'https://id.agency.example', oidcAudience: OIDC.audience },
};

const cleanups: (() => unknown)[] = [];
/** Helps to see why a step failed. */
const reports: (() => readonly string[])[] = [];
let passed = 0;

async function step<T>(name: string, act: () => T | Promise<T>): Promise<T> {
  const since = performance.now();
  const result = await act();
  passed += 1;
  console.log(`✔ ${name} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
  return result;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'test-aws-'));
  cleanups.push(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const project = join(directory, 'project');
  const tools = await step('the tools are installed', prepareTools);
  copyProject(project);
  await step('a fresh clone is packaged without AWS and without a step before', () =>
    serverless(project, ['package']),
  );
  await step('cfn-lint accepts the template, with all parameters of a stage and with none', async () => {
    lint(tools.cfnLint, project);
    await serverless(project, ['package', '--stage', 'prod', ...Object.entries(EVERYTHING).map(asOption)]);
    lint(tools.cfnLint, project);
  });

  const aws = await step('the AWS emulator runs', () => startAws(tools, directory));
  cleanups.push(() => aws.stop());
  reports.push(() => aws.proxy.refused.map((refused) => `refused: ${refused}`));
  const simulator = new FirefishSimulator({
    ...{ clock: systemClock, rateLimits: [], tokenLimits: [], profileOnFirstUse },
  });
  const firefish = await startFirefishSimulator(simulator);
  cleanups.push(() => firefish.close());
  const oidc = await openOidcServer(OIDC.audience, OIDC.clientId, console.error);
  cleanups.push(() => oidc.close());
  const lifecycle = new Lifecycle(aws, project, {
    ...{ firefishApiUrl: firefish.url, alarmEmail: 'ops@agency.example' },
    ...{ oidcIssuer: oidc.issuer, oidcClientId: OIDC.clientId, oidcAudience: OIDC.audience },
  });

  const template = await step('npx serverless deploy', () => lifecycle.deploy());
  await step('a deployment without a change says so, and uploads nothing', () => lifecycle.deployUnchanged());
  await step('the deployer’s policy is enough for CloudFormation, according to its documentation', () =>
    lifecycle.checkDeployer(template),
  );
  await useTheSystem({ aws, template, tools, oidc, directory, simulator });
  await step('the next deployment contains a changed source, and no other change', () =>
    lifecycle.deployChanged(template, join(directory, 'changed')),
  );
  await step('npx serverless rollback restores the earlier code', () => lifecycle.rollBack(template));
  await step('npx serverless remove keeps tables and key', () => lifecycle.remove(template));
  const beside = await step('a deployment beside them creates new ones', () =>
    lifecycle.deployBeside(template),
  );
  const again = await step('a deployment with the parameter `kept` uses the old ones', () =>
    lifecycle.takeOver(template, beside),
  );
  await step('the old data can be used again', async () => {
    const system = await start({ aws, template: again, tools, directory: join(directory, 'again') });
    const direct = directly(aws.proxy.url, provisionOf(system), aws.operator);
    assert.match(JSON.stringify(await direct({ verb: 'list' })), /aws\.firefishsoftware\.com/);
    // Opened by the old key.
    const person = await direct({
      verb: 'export',
      domain: 'aws.firefishsoftware.com',
      email: 'patient@person.example',
    });
    assert.match(JSON.stringify(person), /sw_patient/);
    await system.stop();
  });
  assert.deepEqual(aws.proxy.refused, []);
}

interface Start {
  aws: Aws;
  template: DeployedTemplate;
  tools: Tools;
  directory: string;
}

async function start({ aws, template, tools, directory }: Start): Promise<System> {
  const system = await startSystem({
    ...{ moto: aws.moto, proxy: aws.proxy, decisions: aws.decisions, template, environment: LIMITS },
    runtimeClient: tools.runtimeClient,
    directory: join(directory, 'functions'),
    operator: aws.operator.principal,
  });
  cleanups.push(() => {
    for (const target of system.functions.values()) target.end();
  });
  reports.push(() => system.problems);
  aws.running.system = system;
  return system;
}

/** The function for administration by direct invocation. */
const provisionOf = (system: System): string =>
  [...system.functions.keys()].find((name) => name.endsWith('-provision')) ??
  'there is no function provision';

async function useTheSystem(
  options: Start & { oidc: OidcServer; simulator: FirefishSimulator },
): Promise<void> {
  const { aws, template, oidc, simulator } = options;
  const system = await start(options);
  oidc.setConsole(`${system.url}/console`);
  const { accessKeyId, secretAccessKey } = aws.operator;
  // The route accepts the credentials of this process.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
  const kindsAllowed = (): string[] => [...aws.proxy.allowed.values()].flatMap((kinds) => [...kinds.keys()]);
  const journey: Journey = {
    ...{ url: system.url, simulator },
    direct: directly(aws.proxy.url, provisionOf(system), aws.operator),
    route: byRoute(system.url, aws.operator),
    told: () => kindsAllowed().some((kind) => kind.startsWith('sns:Publish')),
    onSecret: (secret) => {
      aws.readable.watch(secret);
    },
  };
  const sourceWhale = await step('an agency is enabled', () => enable(journey));
  for (const [name, act] of Object.entries(STEPS)) await step(name, () => act(journey, sourceWhale));
  await system.stop();
  await step('IAM refused nothing', () => {
    assert.deepEqual(aws.proxy.refused, []);
  });
  await step('IAM refuses what no role may do', () => tryTheForbidden(aws, system, template));
  await step('no invocation failed, and no message came twice', () => {
    assert.deepEqual(system.problems, []);
  });
  await step('no personal data and no secret is readable in what was written', () => {
    assert.deepEqual([...aws.readable.found], []);
  });
  await step(
    'each permission of each role was used, or is on the list of exceptions with its reason',
    async () => {
      const principals = [...roleStatements(template)].map(([name, statements]) => ({
        ...{ name, statements },
        arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      }));
      assert.deepEqual(await unusedGrants(aws.decisions, principals, aws.proxy.allowed, NEVER_USED), []);
    },
  );
  printColdStarts(system);
}

/** Each role, on each table: what none of them is for. */
async function tryTheForbidden({ proxy }: Aws, system: System, template: DeployedTemplate): Promise<void> {
  let tried = 0;
  for (const role of roleStatements(template).keys()) {
    for (const [id] of template.ofType('AWS::DynamoDB::Table')) {
      const TableName = template.physicalIds.get(id);
      for (const action of ['UpdateTable', 'DeleteTable']) {
        assert.equal(await system.askDynamoDb(role, action, { TableName }), 400, `${role} ${action} ${id}`);
        tried += 1;
      }
    }
  }
  assert.equal(proxy.refused.splice(0).length, tried);
}

/** W3005 comes from the framework: it names a dependency that a reference makes already. */
const KNOWN_WARNINGS = ['W3005'];

/** @throws Error with what cfn-lint says */
function lint(cfnLint: string, project: string): void {
  const template = join(project, '.serverless/cloudformation-template-update-stack.json');
  execFileSync(cfnLint, ['--ignore-checks', ...KNOWN_WARNINGS, '--', template], { stdio: 'pipe' });
}

function printColdStarts({ coldStarts }: System): void {
  console.log('  Cold starts of the deployed zips, in milliseconds:');
  for (const [name, starts] of coldStarts) {
    const sorted = starts.map(Math.round).sort((one, other) => one - other);
    console.log(`    ${name.padEnd(14)} ${sorted.join(', ')}`);
  }
}

const since = performance.now();
let failed = 0;
try {
  await main();
} catch (error) {
  failed = 1;
  console.error(error);
  for (const report of reports) for (const line of report()) console.error(line);
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
console.log(`in ${((performance.now() - since) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed);
