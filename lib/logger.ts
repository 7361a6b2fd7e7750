import { Logger } from '@aws-lambda-powertools/logger';

/**
 * One structured logger per function instance. Allowed in logs: ids of tenants, events, batches and requests, outcomes,
 * counts, durations, names of errors. Never allowed: a secret, a token, a name, an address, a text of a person, a
 * request's body or headers.
 */
export const logger = new Logger();
