/** The whole system of `npm start` as its own process, so that what it holds in memory is its own alone. */
import { startLocalStack } from '../local/stack.ts';

/** What the parent is told once every server answers. */
export interface LocalSystemReady {
  url: string;
  environment: Record<string, string>;
}

const stack = await startLocalStack({
  onFailure: (error) => {
    console.error(error);
    process.exit(1);
  },
});
process.send?.({ url: stack.url, environment: stack.environment } satisfies LocalSystemReady);
process.once('disconnect', () => {
  void stack.stop().then(() => process.exit(0));
});
