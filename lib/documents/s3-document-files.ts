import type { TenantId } from '../ids.ts';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { documentFileKey, type DocumentFiles } from './document-files.ts';
import { MAX_DOCUMENT_BYTES } from './formats.ts';

/** Documents in a bucket. Its lifecycle rule deletes what is older than seven days. */
export class S3DocumentFiles implements DocumentFiles {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async read(tenantId: TenantId, documentId: string): Promise<Uint8Array | 'too-large' | undefined> {
    const file = { Bucket: this.#bucket, Key: documentFileKey(tenantId, documentId) };
    try {
      const { Body, ContentLength = 0 } = await this.#s3.send(new GetObjectCommand(file));
      if (ContentLength > MAX_DOCUMENT_BYTES) {
        // Otherwise its connection stays open, unread.
        if (Body instanceof Readable) Body.destroy();
        return 'too-large';
      }
      return await Body?.transformToByteArray();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async delete(tenantId: TenantId, documentId: string): Promise<void> {
    const file = { Bucket: this.#bucket, Key: documentFileKey(tenantId, documentId) };
    await this.#s3.send(new DeleteObjectCommand(file));
  }
}
