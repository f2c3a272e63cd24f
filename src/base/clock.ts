/** Milliseconds since 1970-01-01 UTC. Handed in wherever time matters, so a test moves it. */
export type Clock = () => number
