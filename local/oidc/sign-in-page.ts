import { type User, USERS } from './users.ts';

/** A button for each user: there are no passwords on one machine. */
export const signInPage = (): string => `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in (development)</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 10vh auto; padding: 0 1rem; color-scheme: light dark }
button { display: block; width: 100%; margin: 0 0 1rem; padding: .75rem 1rem; font: inherit; text-align: left; cursor: pointer }
small { display: block }
</style>
</head>
<body>
<main>
<h1>Sign in as</h1>
<form method="post">
${USERS.map(button).join('\n')}
</form>
<p>This page replaces your provider on your own machine. It is never deployed.</p>
</main>
</body>
</html>
`;

const button = ({ id, name, email, claims: { role, tenants } }: User): string =>
  `<button name="login" value="${id}">${name}<small>${email}: ${role}${tenants.length === 0 ? ' of all agencies' : ` of ${tenants.join(', ')}`}</small></button>`;
