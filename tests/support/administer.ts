/** `POST /administration` as `npm run admin -- --stage` sends it: signed with the credentials of the environment. */
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SigningOptions {
  credentials: { accessKeyId: string; secretAccessKey: string };
  region?: string;
  at?: Date;
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

/** The headers of a request with this body. */
export async function signedHeaders(
  base: string,
  body: string | Uint8Array,
  {
    credentials,
    region = 'eu-west-2',
    at = new Date(),
    path = '/administration',
    query = {},
    headers = {},
  }: SigningOptions,
): Promise<Record<string, string>> {
  const url = new URL(path, base);
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256Node });
  const signed = await signer.sign(
    {
      ...{ method: 'POST', protocol: url.protocol, hostname: url.hostname, path, query, body },
      headers: { host: url.host, 'content-type': 'application/json', ...headers },
    },
    { signingDate: at },
  );
  return signed.headers;
}
