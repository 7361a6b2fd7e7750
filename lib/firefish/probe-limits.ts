/** What the limits count. The last check goes over the limit of one second, on purpose and by ten calls. */
import { actionsEndpoint, PARAMETER, searchEndpoint, toDay } from './assumptions.ts';
import { cannotTell, no, whether, yes, type Check, type ProbeContext } from './probe-check.ts';

const PER_SECOND = 10;

export function limitChecks({ access }: ProbeContext): Check[] {
  const query = (): Record<string, string> => ({
    [PARAMETER.from]: toDay(access.now()),
    [PARAMETER.to]: toDay(access.now()),
  });
  const actions = (): Record<string, string> => ({ ...query(), 'candidate-ref': '1' });
  const over = (statuses: readonly number[]): number => statuses.filter((status) => status === 429).length;
  /** Until nothing of the last second is left. */
  const quiet = (): Promise<void> => access.sleep(2_500);

  return [
    {
      line: '"Endpoint" means method + path template (`PATCH /candidates/{ref}` is one, `GET /candidates/search` another), counted per client_id',
      expected: 'eight calls of two endpoints each, in one second, all let in',
      async look() {
        await quiet();
        const statuses = await Promise.all([
          access.burst(actionsEndpoint(), PER_SECOND - 2, { query: actions() }),
          access.burst(searchEndpoint('company'), PER_SECOND - 2, { query: query() }),
        ]);
        const refused = over(statuses.flat());
        return whether(refused === 0, refused === 0 ? 'so' : `${refused} refused`);
      },
    },
    {
      line: 'Windows are sliding; a refused request does not count',
      expected: 'ten more calls are refused, and the next one is let in a second after the first ten',
      async look() {
        await quiet();
        const start = access.now();
        const first = over(await access.burst(actionsEndpoint(), PER_SECOND, { query: actions() }));
        if (first > 0) return no(`${first} of the first ten refused`);
        await access.sleep(Math.max(0, start + 600 - access.now()));
        const refused = over(
          await access.burst(actionsEndpoint(), PER_SECOND, { query: actions(), over: true }),
        );
        if (refused < PER_SECOND) return cannotTell(`only ${refused} of ten were refused`);
        await access.sleep(Math.max(0, start + 1_200 - access.now()));
        const after = over(await access.burst(actionsEndpoint(), 1, { query: actions(), over: true }));
        return after === 0 ? yes('so') : no('still refused');
      },
    },
  ];
}
