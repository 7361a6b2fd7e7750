/** Throttles of single routes. The framework knows only those of the whole stage. */
import type { Template } from './kept-resources.ts';

export interface Throttle {
  /** Requests a second. */
  rate: number;
  /** Requests at once beyond that. */
  burst: number;
}

const STAGE = 'HttpApiStage';
const ROUTE = 'AWS::ApiGatewayV2::Route';

/**
 * The template with these throttles on its stage. A route that the template does not have is skipped: a stage without a
 * console has no route for it.
 *
 * @param throttles by route key, such as `POST /v1/preview`
 */
export function throttleRoutes<T extends Template>(
  template: T,
  throttles: Readonly<Record<string, Throttle>>,
): T {
  const stage = template.Resources[STAGE];
  if (stage === undefined) throw new Error(`the template has no ${STAGE}`);
  const routes = Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    const { RouteKey: key = '' } = (Properties ?? {}) as { RouteKey?: string };
    const throttle = Type === ROUTE ? throttles[key] : undefined;
    return throttle === undefined ? [] : [{ id, key, throttle }];
  });
  const RouteSettings = Object.fromEntries(
    routes.map(({ key, throttle: { rate, burst } }) => [
      key,
      { DetailedMetricsEnabled: true, ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
    ]),
  );
  const throttled = {
    ...stage,
    Properties: { ...stage.Properties, RouteSettings },
    // API Gateway refuses settings of a route that is not there yet.
    DependsOn: [...[stage.DependsOn ?? []].flat(), ...routes.map(({ id }) => id)],
  };
  return { ...template, Resources: { ...template.Resources, [STAGE]: throttled } };
}
