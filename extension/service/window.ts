import type { Window } from './service.js';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h` back from now; everything where the text says nothing of the kind. */
export function windowBack(range: string | undefined, nowMs: number): Window {
  const [, count, unit = ''] = /^(\d+)(m|h|d)$/u.exec(range ?? '') ?? [];
  const size = UNITS[unit];
  if (count === undefined || size === undefined) return {};
  return { from: new Date(nowMs - Number(count) * size).toISOString(), to: new Date(nowMs).toISOString() };
}
