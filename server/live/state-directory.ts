import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** `$BETRACE_STATE`, else `betrace` in the user's state directory as the XDG base directory specification has it. */
export function defaultStateDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (env.BETRACE_STATE) return env.BETRACE_STATE;
  const xdg = env.XDG_STATE_HOME; // the specification says to ignore a relative one
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state'), 'betrace');
}
