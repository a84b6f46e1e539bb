import type { OpenTrace } from './traces/open-trace.js';

/**
 * In two parts that cost about the same, small traces before large ones. What is too expensive about a trace mostly grows with the
 * square of its spans, so one that is far larger than the others is alone at once. There must be two traces at least.
 */
export function inTwo<T extends { readonly trace: OpenTrace }>(
  traces: readonly T[],
): readonly [smaller: readonly T[], larger: readonly T[]] {
  const sorted = [...traces].sort((a, b) => a.trace.spans - b.trace.spans);
  const total = sorted.reduce((sum, { trace }) => sum + trace.spans ** 2, 0);
  let half = sorted.length - 1;
  for (let large = sorted[half]!.trace.spans ** 2; half > 1 && 2 * large < total; )
    large += sorted[--half]!.trace.spans ** 2;
  return [sorted.slice(0, half), sorted.slice(half)];
}
