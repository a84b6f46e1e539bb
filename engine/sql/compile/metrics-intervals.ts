import { intLiteral } from '../dialects/duckdb/literal.js';

/**
 * Intervals of start times. Of `range`, as Tempo has them, `(startNs + n * stepNs, startNs + (n + 1) * stepNs]`; of `slots`, which rules
 * are judged in, `[startNs + n * stepNs, startNs + (n + 1) * stepNs)`; of `instant` the one `[startNs, endNs]`.
 */
export interface Intervals {
  readonly kind: 'range' | 'slots' | 'instant';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
}

/** SQL for "the time is in one of the intervals". */
export function insideSql({ kind, startNs, endNs }: Intervals, time: string): string {
  const [first, last] = [kind === 'range' ? '>' : '>=', kind === 'slots' ? '<' : '<='];
  return `${time} ${first} ${intLiteral(startNs)} AND ${time} ${last} ${intLiteral(endNs)}`;
}

/** SQL of the number of the interval that a time inside falls in. */
export function intervalSql({ kind, startNs, stepNs }: Intervals, time: string): string {
  if (kind === 'instant') return '0';
  const offset = `${time} - ${intLiteral(startNs)}${kind === 'range' ? ' - 1' : ''}`;
  return `((${offset}) // ${intLiteral(stepNs)})::INTEGER`;
}
