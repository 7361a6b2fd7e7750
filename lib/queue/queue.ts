/** What travels on the queue: a pointer, never personal data. The event itself is in the sync table. */
export interface EventPointer {
  tenantId: string;
  eventId: string;
}

export interface QueuedPointer extends EventPointer {
  /** Seconds before anybody receives it, 0 to 900; default 0. */
  delaySeconds?: number;
}

export interface EventQueue {
  /** Answers which pointers could not be sent (by position); never throws for some of them only. */
  send(pointers: readonly QueuedPointer[]): Promise<number[]>;
}
