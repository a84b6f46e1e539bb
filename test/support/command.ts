import { fileURLToPath } from 'node:url';

/** The compiled command, for tests that start it as a process: it starts in a third of the time that its sources need. */
export const MAIN = fileURLToPath(new URL('../../dist/server/cli/main.js', import.meta.url));
