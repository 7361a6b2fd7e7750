/** What travels on the queue: pointers, never personal data. The events themselves are in the sync table. */
export type Pointer = EventPointer | BacklogPointer;

/** One event that is to be worked on. */
export interface EventPointer {
  tenantId: string;
  eventId: string;
}

/** A tenant whose backlog somebody shall look at: the events that have no message of their own. */
export interface BacklogPointer {
  tenantId: string;
  backlog: true;
  /** From whoever has worked on it before. */
  clock?: [era: number, at: number][];
}

export type QueuedPointer = Pointer & {
  /** Seconds before anybody receives it, 0 to 900; default 0. */
  delaySeconds?: number;
};

export interface EventQueue {
  /** Answers which pointers could not be sent (by position); never throws for some of them only. */
  send(pointers: readonly QueuedPointer[]): Promise<number[]>;
}
