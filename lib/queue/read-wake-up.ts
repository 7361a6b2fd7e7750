import type { TenantId } from '../ids.ts';
import * as z from 'zod';

const wakeUpSchema = z.object({
  tenantId: z
    .string()
    .min(1)
    .transform((id) => id as TenantId),
});

/** The wake-up in a message's body; `undefined` if the message is no wake-up. */
export function readWakeUp(body: string): { tenantId: TenantId } | undefined {
  try {
    return wakeUpSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
