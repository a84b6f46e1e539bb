import { QueryError } from '../query-error.js';
import type { Grid } from './grid.js';

/** Series that one query may make. */
export const MAX_SERIES = 10_000;
/** Points over all series of a query: what bounds its memory. */
const MAX_POINTS = 4_000_000;

/** How many series a query over the grid may make, for the memory that they take. */
export function seriesLimit(grid: Grid, maxSeries = MAX_SERIES): number {
  return Math.max(1, Math.min(maxSeries, Math.floor(MAX_POINTS / grid.intervals)));
}

export function tooManySeries(limit: number): QueryError {
  return new QueryError('BT3003', `the query makes more than ${limit} series`);
}
