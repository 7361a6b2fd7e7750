/**
 * A plugin of the `serverless` command: before anything is packaged, it builds the functions and has the framework zip
 * them. So `serverless package` and `serverless deploy` need no step before them, and never ship an old build. It also
 * throttles single routes, and leaves out of the template what the stage does not have.
 *
 * It is not `serverless-esbuild`: that brings a zip writer, a file watcher and package managers that nothing here uses, and
 * does not know the page and the problem documents that two functions have beside their code.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildFunctions } from './build.ts';
import { takeOverKept, type Template } from './infrastructure/kept-resources.ts';
import { throttleRoutes, type Throttle } from './infrastructure/route-throttles.ts';

/**
 * The parts of the framework's own packaging plugin that are used here: zips `files` into .serverless/, under their
 * paths below `prefix`.
 */
interface FrameworkPackaging {
  zipFiles(files: string[], zipFileName: string, prefix: string): Promise<string>;
}

/** As far as it decides whether a route is deployed. */
interface Event {
  httpApi?: string | { authorizer?: { name?: string } };
}

interface Serverless {
  service: {
    custom: { kept: string; routeThrottles: Record<string, Throttle> };
    provider: {
      httpApi: { authorizers: Record<string, unknown> };
      compiledCloudFormationTemplate: Template;
    };
    getAllFunctions(): string[];
    getFunction(name: string): { package?: { artifact?: string }; events: Event[] };
  };
  pluginManager: { plugins: object[] };
}

interface Utils {
  log: { notice(text: string): void };
}

const isFrameworkPackaging = (plugin: object): plugin is FrameworkPackaging => 'zipFiles' in plugin;

export default class PackagingPlugin {
  readonly hooks: Record<string, () => Promise<void> | void>;
  readonly #serverless: Serverless;
  readonly #utils: Utils;

  constructor(serverless: Serverless, _options: unknown, utils: Utils) {
    this.#serverless = serverless;
    this.#utils = utils;
    const hook = (): Promise<void> => this.#package();
    this.hooks = {
      'before:package:createDeploymentArtifacts': hook,
      // `serverless deploy function`
      'before:package:function:package': hook,
      'before:package:compileEvents': () => {
        this.#leaveOutRoutesWithoutAuthorizer();
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { custom, provider } = serverless.service;
        const throttled = throttleRoutes(provider.compiledCloudFormationTemplate, custom.routeThrottles);
        provider.compiledCloudFormationTemplate = takeOverKept(throttled, custom.kept);
      },
    };
  }

  async #package(): Promise<void> {
    const framework = this.#serverless.pluginManager.plugins.find(isFrameworkPackaging);
    if (framework === undefined) throw new Error('this version of serverless has no plugin that zips files');
    const built = await buildFunctions();
    for (const name of this.#serverless.service.getAllFunctions()) {
      const content = built.get(name);
      if (content === undefined)
        throw new Error(`serverless.yml names ${name}: there is no functions/${name}.ts`);
      const paths = content.files.map((file) => join(content.directory, file));
      const artifact = await framework.zipFiles(paths, `${name}.zip`, content.directory);
      this.#serverless.service.getFunction(name).package = { artifact };
      this.#utils.log.notice(`${name}: ${(statSync(artifact).size / 1000).toFixed(1)} kB zipped`);
    }
  }

  /** A stage without a provider for sign-in has no authorizer, and so none of the routes behind one. */
  #leaveOutRoutesWithoutAuthorizer(): void {
    const { service } = this.#serverless;
    if (Object.keys(service.provider.httpApi.authorizers).length > 0) return;
    for (const name of service.getAllFunctions()) {
      const deployed = service.getFunction(name);
      deployed.events = deployed.events.filter(
        ({ httpApi }) => typeof httpApi !== 'object' || httpApi.authorizer?.name === undefined,
      );
    }
  }
}
