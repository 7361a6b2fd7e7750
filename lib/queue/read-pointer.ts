import * as z from 'zod';
import type { EventPointer } from './queue.ts';

const pointerSchema = z.object({ tenantId: z.string().min(1), eventId: z.string().min(1) });

/** The pointer in a message's body; `undefined` for what nobody of ours sent. */
export function readPointer(body: string): EventPointer | undefined {
  try {
    return pointerSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
