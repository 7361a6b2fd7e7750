/** The users who can sign in on one machine: one for each role. */
export interface User {
  id: string;
  name: string;
  email: string;
  /** The claims of the access token, with the names from serverless.yml. */
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
