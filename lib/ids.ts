/** Ids that must not be mixed up. Each is a text with a brand, which it gets where it enters the system. */
export type PersonId = string & { readonly brand: 'PersonId' };
export type BatchId = string & { readonly brand: 'BatchId' };
export type TenantId = string & { readonly brand: 'TenantId' };
export type EventId = string & { readonly brand: 'EventId' };
