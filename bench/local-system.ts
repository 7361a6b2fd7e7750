/** The whole system of `npm start` as its own process, so that its memory can be measured. */
import { startLocalStack } from '../local/stack/stack.ts';

/** The message to the parent when every server answers. */
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
