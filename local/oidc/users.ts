/** Who can sign in on one machine: each role once. */
export interface User {
  id: string;
  name: string;
  email: string;
  /** What the access token says, by the names that serverless.yml gives the claims. */
  claims: { role: string; tenants: string[] };
}

export const USERS: readonly User[] = [
  {
    id: 'operator',
    name: 'Olive Operator',
    email: 'operator@service.example',
    claims: { role: 'operator', tenants: [] },
  },
  {
    id: 'super-user',
    name: 'Sue Superuser',
    email: 'super.user@acme.example',
    claims: { role: 'super-user', tenants: ['acme.firefishsoftware.com'] },
  },
];
