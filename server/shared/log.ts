/** Structured logs: one JSON object a line, or lines for people. Nothing secret is ever handed to them; redaction is the second line of defence. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { textLines } from './log-text.js';

export type { Logger } from 'pino';

/** Where in a logged object a secret could be, should somebody log a request or a header by mistake. */
const REDACTED = ['authorization', 'cookie', 'token', 'secret', 'password', 'headers', 'private_key'].flatMap(
  (key) => [key, `*.${key}`],
);

/** What is written, and for whom. */
export interface LogSettings {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly format: 'json' | 'text';
}

/** Writes to standard error by default, as standard output belongs to results of commands. */
export function createLogger(
  { level, format }: LogSettings,
  destination: DestinationStream = format === 'text'
    ? textLines(process.stderr, process.env)
    : pino.destination(2),
): Logger {
  return pino(
    {
      level,
      base: { service: 'betrace' },
      redact: { paths: REDACTED, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
