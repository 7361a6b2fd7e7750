import type { IncomingMessage } from 'node:http';

/** The body is longer than the server takes. */
export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError';
}

/** @throws BodyTooLargeError as soon as it is known; the rest is then still to be read */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes)
    throw new BodyTooLargeError('the body is too long');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) chunks.push(chunk);
      else reject(new BodyTooLargeError('the body is too long'));
    });
    request.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.on('error', reject);
  });
}
