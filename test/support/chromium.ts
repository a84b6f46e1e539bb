import { execFileSync } from 'node:child_process';

/** Where Chromium is on this machine; undefined where it is not. */
export const CHROMIUM = whereIs('chromium');

function whereIs(command: string): string | undefined {
  try {
    return execFileSync('which', [command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
