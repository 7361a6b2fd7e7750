/** S3's check of a presigned upload: its signature, its end, and the headers that are signed, among them the length. */
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { IncomingMessage } from 'node:http';
import { readAmzDate, sameText } from '../http/iam-authorizer.ts';

export interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** As S3 allows. */
const LONGEST_SECONDS = 7 * 24 * 3600;

/**
 * Whether signing the request again, with this key, gives the signature that it came with.
 * @param now epoch ms
 */
export async function isSignedUpload(
  { method = '', url = '', headers: sent }: IncomingMessage,
  credentials: SigningKey,
  now: number,
): Promise<boolean> {
  const { pathname: path, searchParams } = new URL(url, 'http://s3');
  const query = Object.fromEntries(searchParams);
  const signingDate = readAmzDate(query['X-Amz-Date']);
  const expiresIn = Number(query['X-Amz-Expires']);
  if (signingDate === undefined || !(expiresIn < LONGEST_SECONDS)) return false;
  if (now >= signingDate.getTime() + expiresIn * 1000) return false;
  const names = (query['X-Amz-SignedHeaders'] ?? '').split(';');
  // Another one could copy an object, or change who may read it.
  if (Object.keys(sent).some((name) => name.startsWith('x-amz-') && !names.includes(name))) return false;
  const headers = Object.fromEntries(names.map((name) => [name, String(sent[name] ?? '')]));
  const [, , region = ''] = (query['X-Amz-Credential'] ?? '').split('/');
  const signer = new SignatureV4({
    ...{ credentials, region, service: 's3', sha256: Sha256Node, uriEscapePath: false },
  });
  const again = await signer.presign(
    {
      ...{ method, protocol: 'http:', hostname: '', path, query },
      headers: { ...headers, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    },
    { signingDate, expiresIn, signableHeaders: new Set(names), unhoistableHeaders: new Set(names) },
  );
  return sameText(String(again.query?.['X-Amz-Signature']), query['X-Amz-Signature'] ?? '');
}
