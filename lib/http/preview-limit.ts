/** How many events a preview can have: each can need several calls to Firefish, while the sender waits. */
export const MAX_PREVIEWED = 50;
