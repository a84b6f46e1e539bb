import { intLiteral } from './literal.js';

/** Intervals of start times: `(startNs + n * stepNs, startNs + (n + 1) * stepNs]`, or the one `[startNs, endNs]`. */
export interface Intervals {
  readonly kind: 'range' | 'instant';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
}

/** SQL for "the time is in one of the intervals". */
export function insideSql({ kind, startNs, endNs }: Intervals, time: string): string {
  return `${time} ${kind === 'instant' ? '>=' : '>'} ${intLiteral(startNs)} AND ${time} <= ${intLiteral(endNs)}`;
}

/** SQL of the number of the interval that a time inside falls in. */
export function intervalSql({ kind, startNs, stepNs }: Intervals, time: string): string {
  if (kind === 'instant') return '0';
  return `((${time} - ${intLiteral(startNs)} - 1) // ${intLiteral(stepNs)})::INTEGER`;
}
