/** How many events one preview takes: each may ask Firefish several times, while the sender waits. */
export const MAX_PREVIEWED = 50;
