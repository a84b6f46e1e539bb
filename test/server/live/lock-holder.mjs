/** A process that takes the folder it is given, says so, and keeps it until it is killed: `lock-holder.mjs DIRECTORY WAIT_MS`. */
import { lockDirectory } from '../../../dist/server/live/directory-lock.js';

const [directory, waitMs] = process.argv.slice(2);
try {
  await lockDirectory(directory, { waitMs: Number(waitMs), setting: 'live.directory' });
  process.stdout.write('owner\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${error.message}\n`);
}
