import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All that tests write to the directory for temporary files lies in one of their own, which goes with them. */
export function setup() {
  const directory = mkdtempSync(join(tmpdir(), 'bt-'));
  // Some tests run a service as a user who may do less.
  chmodSync(directory, 0o711);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  };
}
