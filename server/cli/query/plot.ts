/** One series as bars of text. */
import type { Sample } from '../../../engine/query/metrics-result.js';

export interface PlotFrame {
  readonly fromMs: number;
  readonly toMs: number;
  /** Values at the bottom and the top. */
  readonly low: number;
  readonly high: number;
  readonly width: number;
  readonly height: number;
  /** Glyphs of a cell from almost empty to full. */
  readonly bars: readonly string[];
}

/** Rows from the top down, each `width` wide. A column without a sample is blank; any sample shows at least a trace. */
export function plotRows(samples: readonly Sample[], frame: PlotFrame): readonly string[] {
  const { width, height, bars, low, high } = frame;
  const columns = columnValues(samples, frame);
  const steps = bars.length;
  const scale = high > low ? (height * steps) / (high - low) : 0;
  const filled = columns.map((value) =>
    value === undefined ? 0 : Math.max(1, Math.round((value - low) * scale)),
  );
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * steps;
    return Array.from({ length: width }, (_, column) => {
      const level = Math.min(steps, (filled[column] ?? 0) - below);
      return level <= 0 ? ' ' : (bars[level - 1] ?? ' ');
    }).join('');
  });
}

/** The largest sample of each column; where columns are finer than samples, a sample fills those before it. */
function columnValues(
  samples: readonly Sample[],
  { fromMs, toMs, width }: PlotFrame,
): readonly (number | undefined)[] {
  const columns: (number | undefined)[] = Array.from({ length: width }, () => undefined);
  const perColumn = (toMs - fromMs) / width;
  const columnOf = (timeMs: number): number => Math.ceil((timeMs - fromMs) / perColumn) - 1;
  const step = leastStep(samples, toMs - fromMs);
  for (const { timeMs, value } of samples) {
    const last = Math.min(width - 1, Math.max(0, columnOf(timeMs)));
    const first = Math.min(last, Math.max(0, columnOf(timeMs - step) + 1));
    for (let column = first; column <= last; column++) {
      const known = columns[column];
      columns[column] = known === undefined ? value : Math.max(known, value);
    }
  }
  return columns;
}

function leastStep(samples: readonly Sample[], range: number): number {
  let least = range;
  for (const [n, { timeMs }] of samples.entries()) {
    const before = samples[n - 1];
    if (before !== undefined) least = Math.min(least, timeMs - before.timeMs);
  }
  return least;
}
