import { measure } from './metrics.ts';

/** Counts and times what goes to Firefish, on the wire itself: what the limiter holds back is no call. */
export const measuredFetch =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    const start = performance.now();
    measure('FirefishCalls', 1);
    try {
      const response = await send(input, init);
      if (response.status === 429) measure('FirefishRefusals', 1);
      if (response.status >= 500) measure('FirefishFailures', 1);
      return response;
    } catch (error) {
      measure('FirefishFailures', 1);
      throw error;
    } finally {
      measure('FirefishLatency', performance.now() - start);
    }
  };
