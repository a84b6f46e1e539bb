import type { ExemplarsWanted } from '../../sql/compile/metrics/metrics-exemplars.js';

export interface SelectionOptions {
  /** Default: none. */
  readonly exemplars?: ExemplarsWanted;
  /** Series that each selection of the query may make; default 10 000. */
  readonly maxSeries?: number;
  /** Called where there are more, and only the first are kept; without it a `QueryError` is thrown. */
  readonly onCut?: () => void;
  /** Milliseconds that the pass over one unit, and each selection of it, may take; rejects with `TooSlow`. Default: no limit. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}
