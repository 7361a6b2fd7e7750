import { Logger } from '@aws-lambda-powertools/logger';

/**
 * One structured logger per function instance. What may be logged: ids of tenants, events, batches and requests,
 * outcomes, counts, durations, names of errors. What must never be: a secret, a token, a name, an address, a
 * text of a person, a request's body or headers.
 */
export const logger = new Logger();
