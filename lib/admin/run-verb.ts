import * as z from 'zod';
import { findUnstorable } from '../events/reading/unstorable.ts';
import { logger } from '../logger.ts';
import { auditKey } from '../store/keys.ts';
import { ConflictError } from '../store/table.ts';
import { normaliseDomain } from '../tenants/domain.ts';
import { AdminError, type AdminServices, type Caller, UsageError } from './verb.ts';
import { VERBS } from './verbs.ts';

/** How many characters of the input an answer repeats. */
const LONGEST_PATH = 300;

const payloadSchema = z.looseObject({ verb: z.string() });

/** The partition of acts without a readable domain. */
const NO_DOMAIN = '-';

/**
 * Runs one administrative act and records it in the audit table: its begin, before anything is changed, and how it
 * ended. @throws AdminError, UsageError
 */
export async function runVerb(services: AdminServices, payload: unknown, caller: Caller): Promise<unknown> {
  const parsed = payloadSchema.safeParse(payload);
  const verb = parsed.success && Object.hasOwn(VERBS, parsed.data.verb) ? VERBS[parsed.data.verb] : undefined;
  if (!parsed.success || verb === undefined) {
    throw new UsageError(`"verb" must be one of ${Object.keys(VERBS).join(', ')}`);
  }
  // As it was sent: the parsed payload lacks a member `__proto__`, which the verb must refuse like any unknown one.
  const { verb: name, ...options } = payload as typeof parsed.data;
  const [unstorable] = findUnstorable(options);
  if (unstorable !== undefined)
    throw new UsageError(`${unstorable.path.join('.').slice(0, LONGEST_PATH)}: ${unstorable.message}`);
  if (!verb.audited) return verb.run(services, options, caller);
  await verb.admit(services, options, caller);
  const act = { ...caller, name, domain: domainOf(options) };
  return leavingATrace(services, act, verb.traced(options), () => verb.run(services, options, caller));
}

export interface Act extends Pick<Caller, 'by' | 'requestId'> {
  name: string;
  domain: string;
}

/** @param facts more to record: nothing that can be a secret or someone's address */
export async function leavingATrace<Result>(
  services: Pick<AdminServices, 'audit' | 'clock' | 'pseudonyms'>,
  given: Act,
  facts: Record<string, unknown>,
  work: () => Promise<Result>,
): Promise<Result> {
  const act = { ...given, by: await services.pseudonyms.without(given.by) };
  await note(services, act, 'begun', facts);
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await noteEnd(services, act, outcomeOf(error));
    throw error;
  }
  await noteEnd(services, act, 'done');
  return result;
}

/**
 * The act is over: it is answered even if its end cannot be recorded, because a secret that is shown only once must not
 * be lost. The begin is in the audit trail, and the log says that the end could not be recorded.
 */
async function noteEnd(
  services: Pick<AdminServices, 'audit' | 'clock'>,
  act: Act,
  outcome: string,
): Promise<void> {
  try {
    await note(services, act, 'ended', { outcome });
  } catch (error) {
    const { name: verb, domain, by, requestId } = act;
    const cause = error instanceof Error ? error.name : typeof error;
    logger.error('the end of an administrative act is not in the audit table', {
      ...{ verb, domain, by, requestId, outcome, cause },
    });
  }
}

/** Only the option values that the verb names are recorded: others can be a secret, or someone's address. */
async function note(
  { audit, clock }: Pick<AdminServices, 'audit' | 'clock'>,
  { name, domain, by, requestId }: Act,
  step: 'begun' | 'ended',
  facts: Record<string, unknown>,
): Promise<void> {
  const at = new Date(clock.now()).toISOString();
  const act = { at, verb: name, domain, by, requestId, step, ...facts };
  try {
    await audit.put({ ...auditKey(domain, at, requestId, step), ...act }, 'absent');
  } catch (error) {
    // No other act has this request's id: the answer to our own write was lost, and the SDK repeated it.
    if (!(error instanceof ConflictError)) throw error;
  }
  logger.info('administrative act', act);
}

function outcomeOf(error: unknown): string {
  if (error instanceof AdminError || error instanceof UsageError) return 'refused';
  return `failed: ${error instanceof Error ? error.name : typeof error}`;
}

function domainOf(options: Record<string, unknown>): string {
  const { domain } = options;
  return (typeof domain === 'string' ? normaliseDomain(domain) : undefined) ?? NO_DOMAIN;
}
