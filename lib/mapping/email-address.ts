/** The names by which the first sync knows the reading of addresses. */
export { domainOf as emailDomain, readAddress as normaliseEmail } from '../events/addresses.ts';
