/** The turn is over: the lease was lost or is about to end. Nothing more may be read, written or called. */
export class TurnOverError extends Error {
  override name = 'TurnOverError';
}
