import { defaultStep } from '../../../engine/query/metrics/grid.js';
import { HttpError } from '../../http/http-error.js';
import { parseSecondsOrDuration } from './duration.js';
import { type Parameters, quoted, wholeNumber } from './parameters.js';
import { type TimeRange, timestampRange } from './times.js';

export interface MetricsParams {
  readonly query: string;
  readonly range: TimeRange;
  /** Nanoseconds; of a range query. */
  readonly step: bigint;
  /** At most as many exemplars; 0 for none. */
  readonly exemplars: number;
}

/** As in Tempo: the default, which no request raises. */
const MAX_EXEMPLARS = 100;

/** The parameters of `/api/metrics/query_range` and, without a step, `/api/metrics/query`. Rejects with 400. */
export async function metricsParams(
  parameters: Parameters,
  newestData: () => Promise<bigint>,
): Promise<MetricsParams> {
  const query = parameters.get('q') ?? parameters.get('query');
  if (query === undefined) throw new HttpError(400, 'invalid request: the parameter q is needed');
  const range = await timestampRange(parameters, newestData);
  return { query, range, step: stepOf(parameters, range), exemplars: exemplarsOf(parameters) };
}

function stepOf(parameters: Parameters, range: TimeRange): bigint {
  const text = parameters.get('step');
  if (text === undefined) return defaultStep(range.start, range.end);
  const step = parseSecondsOrDuration(text);
  if (step === undefined)
    throw new HttpError(400, `invalid step: cannot parse ${quoted(text)} to a valid duration`);
  if (step <= 0n) throw new HttpError(400, 'invalid step: must be greater than zero');
  return step;
}

/** 0 is "as many as usual", as in Tempo; none is said by the hint `with (exemplars = false)`. */
function exemplarsOf(parameters: Parameters): number {
  const asked = wholeNumber(parameters, 'exemplars') ?? 0;
  if (asked < 0) throw new HttpError(400, 'invalid exemplars: must not be negative');
  return asked === 0 ? MAX_EXEMPLARS : Math.min(asked, MAX_EXEMPLARS);
}
