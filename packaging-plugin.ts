/**
 * A plugin of the `serverless` command: before anything is packaged, it builds the functions and has the framework zip
 * them. So `serverless package` and `serverless deploy` need no step before them, and never ship an old build.
 *
 * It is not `serverless-esbuild`: that brings a zip writer, a file watcher and package managers that nothing here uses, and
 * does not know the page and the problem documents that two functions have beside their code.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildFunctions } from './build.ts';

/** The framework's own packaging plugin, as far as it is used here: zips `files` into .serverless/, under their paths below `prefix`. */
interface FrameworkPackaging {
  zipFiles(files: string[], zipFileName: string, prefix: string): Promise<string>;
}

interface Serverless {
  service: {
    getAllFunctions(): string[];
    getFunction(name: string): { package?: { artifact?: string } };
  };
  pluginManager: { plugins: object[] };
}

interface Utils {
  log: { notice(text: string): void };
}

const isFrameworkPackaging = (plugin: object): plugin is FrameworkPackaging => 'zipFiles' in plugin;

export default class PackagingPlugin {
  readonly hooks: Record<string, () => Promise<void>>;
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
}
