/** The console's page: four files without any data. The API `/admin/v1` decides who can see what. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from '../http/problem.ts';
import type { HttpHandler } from '../http/router.ts';
import { type HttpResponse, json } from '../http/response.ts';
import type { PageConfig } from './config.ts';

const FILES: Readonly<Record<string, { file: string; type: string }>> = {
  '': { file: 'index.html', type: 'text/html; charset=utf-8' },
  'app.js': { file: 'app.js', type: 'text/javascript; charset=utf-8' },
  'app.css': { file: 'app.css', type: 'text/css; charset=utf-8' },
};

interface Content {
  plain: Buffer;
  zipped: Buffer;
  etag: string;
}

export function pageEndpoint(config: PageConfig): HttpHandler {
  const contents = new Map<string, Promise<Content>>();
  const headers = { 'content-security-policy': contentSecurityPolicy(config) };
  return async (event) => {
    const name = event.pathParameters?.['file'] ?? '';
    if (name === 'config.json') return json(200, describe(config));
    const wanted = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (wanted === undefined) throw new Problem('not-found', 'The console is at /console.');
    const content = contents.get(name) ?? load(join(config.CONSOLE_DIRECTORY, wanted.file));
    contents.set(name, content);
    return answer(event, await content, { ...headers, 'content-type': wanted.type });
  };
}

/** Only our own code, and only our own address and the provider's, where the page exchanges its code for a token. */
function contentSecurityPolicy({ OIDC_ISSUER: issuer, OIDC_ORIGINS }: PageConfig): string {
  const providers = [...(issuer === '' ? [] : [new URL(issuer).origin]), ...OIDC_ORIGINS];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...new Set(providers)].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

const describe = (config: PageConfig): unknown => ({
  issuer: config.OIDC_ISSUER,
  clientId: config.OIDC_CLIENT_ID,
  scope: config.OIDC_SCOPE,
  parameters: config.OIDC_PARAMETERS,
});

async function load(path: string): Promise<Content> {
  const plain = await readFile(path);
  return {
    plain,
    zipped: await promisify(gzip)(plain, { level: 9 }),
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
  };
}

function answer(
  { headers }: APIGatewayProxyEventV2,
  { plain, zipped, etag }: Content,
  own: Record<string, string>,
): HttpResponse {
  // Cached by the browser and revalidated, so that page and script are always of one version.
  const caching = { ...own, 'cache-control': 'no-cache', etag, vary: 'accept-encoding' };
  if (headers['if-none-match'] === etag) return { statusCode: 304, headers: caching };
  const unzipped = !/\bgzip\b/i.test(headers['accept-encoding'] ?? '');
  return {
    statusCode: 200,
    headers: unzipped ? caching : { ...caching, 'content-encoding': 'gzip' },
    body: (unzipped ? plain : zipped).toString('base64'),
    isBase64Encoded: true,
  };
}
