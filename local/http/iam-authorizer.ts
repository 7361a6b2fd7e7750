/**
 * API Gateway's IAM authorizer, as far as one machine can have it: the request must be signed (AWS Signature Version 4)
 * with the credentials of this process. No others are known here.
 */
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isFromThisMachine } from './callers.ts';

/** What the authorizer passes to a function about the signer. */
export interface IamIdentity {
  accessKey: string;
  accountId: string;
  callerId: string;
  cognitoIdentity: null;
  principalOrgId: null;
  userArn: string;
  userId: string;
}

const ACCOUNT_ID = '000000000000';
/** How far a signer's clock may differ, as AWS allows. */
const MAX_SKEW_MS = 5 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/execute-api\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** Computed from the body, whatever the sender has sent. */
const BODY_HASH = 'x-amz-content-sha256';

/** Returns who signed the request; `undefined` if the signature is not good. */
export async function authorizeByIam(
  request: IncomingMessage,
  body: Uint8Array,
  now: number,
): Promise<IamIdentity | undefined> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const [, accessKey, region = '', names = '', signature = ''] =
    AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  const signingDate = readAmzDate(request.headers['x-amz-date']);
  if (signingDate === undefined || Math.abs(now - signingDate.getTime()) > MAX_SKEW_MS) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined || accessKey !== accessKeyId)
    return undefined;
  if (!isFromThisMachine(request)) return undefined;
  const signedHeaders = names.split(';');
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service: 'execute-api',
    sha256: Sha256Node,
    applyChecksum: signedHeaders.includes(BODY_HASH),
  });
  const { headers } = await signer.sign(asSigned(request, signedHeaders, body), { signingDate });
  const wanted = AUTHORIZATION.exec(headers['authorization'] ?? '');
  if (wanted?.[3] !== names || !sameText(wanted[4] ?? '', signature)) return undefined;
  return {
    accessKey,
    accountId: ACCOUNT_ID,
    callerId: accessKey,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${ACCOUNT_ID}:user/${accessKey}`,
    userId: accessKey,
  };
}

/** The request as its sender signed it: the path, the body, and the signed headers. */
function asSigned(
  { method = '', url = '', headers }: IncomingMessage,
  names: readonly string[],
  body: Uint8Array,
): Parameters<SignatureV4['sign']>[0] & { method: string } {
  const [path = '', query = ''] = url.split('?');
  return {
    method,
    protocol: 'http:',
    hostname: '',
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: Object.fromEntries(
      names.filter((name) => name !== BODY_HASH).map((name) => [name, String(headers[name] ?? '')]),
    ),
    body,
  };
}

/** @param text such as `20261130T073000Z` */
export function readAmzDate(text: string | string[] | undefined): Date | undefined {
  const parts = AMZ_DATE.exec(String(text));
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

export const sameText = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
