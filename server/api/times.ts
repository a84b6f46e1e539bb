/** Times in requests and responses. */
import { timeText } from '../../engine/replay/time-json.js';
import type { Window } from '../../engine/sql/relations/window.js';
import { HttpError } from '../http/http-error.js';
import { parseTime } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import type { Parameter } from './operation.js';

const TIME = { type: 'string', minLength: 1, maxLength: 64 };

export const WINDOW_SCHEMAS = {
  from: { ...TIME, description: 'Traces that start at this time or later.' },
  to: { ...TIME, description: 'Traces that start before this time.' },
} as const;

export const WINDOW_PARAMETERS: readonly Parameter[] = Object.entries(WINDOW_SCHEMAS).map(
  ([name, { description, ...schema }]) => ({ name, in: 'query', description, schema }),
);

/** Throws `HttpError` for what is no time, and for an end before the start. */
export function windowOf({ from, to }: { readonly from?: string; readonly to?: string }): Window {
  const window = {
    ...(from !== undefined && { fromNs: timeOf('from', from) }),
    ...(to !== undefined && { toNs: timeOf('to', to) }),
  };
  if (window.fromNs !== undefined && window.toNs !== undefined && window.fromNs >= window.toNs)
    throw new HttpError(400, '"from" must be before "to"', { code: 'BT5020' });
  return window;
}

function timeOf(name: string, text: string): bigint {
  try {
    return parseTime(`"${name}"`, text);
  } catch (error) {
    if (error instanceof UsageError) throw new HttpError(400, error.message, { code: 'BT5020' });
    throw error;
  }
}

/** Milliseconds since the Unix epoch as RFC 3339. */
export function moment(ms: number): string {
  return new Date(ms).toISOString();
}

export function momentOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : moment(ms);
}

/** Nanoseconds since the Unix epoch as RFC 3339. */
export function timeOrNull(ns: bigint | undefined): string | null {
  return ns === undefined ? null : timeText(ns);
}
