/** How long what is waited for may take: long, as no test is about how fast a machine is. In milliseconds. */
export const PATIENCE = { timeout: 120_000, interval: 50 };
