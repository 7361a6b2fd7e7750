import * as z from 'zod';
import type { Pointer } from './queue.ts';

const tenantId = z.string().min(1);
const pointerSchema = z.union([
  z.object({ tenantId, eventId: z.string().min(1) }),
  z.object({
    tenantId,
    backlog: z.literal(true),
    clock: z.array(z.tuple([z.number(), z.number()])).exactOptional(),
  }),
]);

/** The pointer in a message's body; `undefined` for what nobody of ours sent. */
export function readPointer(body: string): Pointer | undefined {
  try {
    return pointerSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
