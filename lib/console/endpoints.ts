/** Every endpoint of the console's API, by method and path below `/admin/v1`. */
import { decisionEndpoints } from './decision-endpoints.ts';
import { listEvents } from './events/list-events.ts';
import { act } from './run-act.ts';
import { type Endpoint, ofTenant, type TenantEndpoint } from './router.ts';
import { searchEvents } from './events/search-events.ts';
import type { ConsoleServices } from './services.ts';
import { showEvent } from './events/show-event.ts';
import { inSteps, showFailures } from './events/show-failures.ts';
import { showHistory } from './show-history.ts';
import { showProgress } from './progress/show-progress.ts';
import { showRecord } from './events/show-record.ts';
import {
  checkCredentials,
  listTenants,
  replaceSettings,
  showMe,
  showSettings,
  showTenant,
} from './tenants.ts';
import { signOut } from './sign-in/sign-outs.ts';
import { sendTestEvent } from './test-event.ts';

export function consoleEndpoints(services: ConsoleServices): Record<string, Endpoint> {
  const ofTenants: Record<string, TenantEndpoint> = {
    'GET ': showTenant(services),
    'POST /enable': act(services, 'enable'),
    'POST /rotate': act(services, 'rotate'),
    'POST /disable': act(services, 'disable'),
    'POST /firefish-credentials': act(services, 'firefish-credentials'),
    'POST /check-firefish': checkCredentials(services),
    'GET /settings': showSettings(services),
    'PUT /settings': replaceSettings(services),
    'GET /events': listEvents(services),
    'POST /events/search': searchEvents(services),
    'GET /events/{eventId}': showEvent(services),
    'GET /records/{entity}/{ref}': showRecord(services),
    'POST /test-event': sendTestEvent(services),
    'GET /progress': showProgress(services),
    'GET /history': showHistory(services),
    'GET /failed': showFailures(services),
    'POST /replay': inSteps(services, 'replay'),
    'POST /dismiss': inSteps(services, 'dismiss'),
    ...decisionEndpoints(services),
    'POST /erase': act(services, 'erase'),
    'POST /export': act(services, 'export'),
  };
  return {
    'GET /me': showMe,
    'POST /sign-out': signOut(services),
    'GET /tenants': listTenants(services),
    ...Object.fromEntries(
      Object.entries(ofTenants).map(([key, endpoint]) => [
        key.replace(' ', ' /tenants/{domain}'),
        ofTenant(endpoint),
      ]),
    ),
  };
}
