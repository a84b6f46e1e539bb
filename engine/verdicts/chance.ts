/** How likely chance gives counts as uneven as these, as logarithms: what is certain is too small for a double otherwise. */

/** Of a group of `size` cases, `violated` of which are, within a whole of so many. */
export interface Share {
  readonly violated: number;
  readonly size: number;
}

/**
 * The natural logarithm of the probability that a group of so many cases, drawn from the whole by chance, has as many violated ones or
 * more (the upper tail of the hypergeometric distribution, which is Fisher's exact test): 0 at most.
 */
export function logChance(group: Share, whole: Share): number {
  const { violated, size } = group;
  const others = whole.size - whole.violated;
  const most = Math.min(size, whole.violated);
  if (violated > most) return Number.NEGATIVE_INFINITY;
  // Each term is the one before it by a simple factor.
  const first =
    logChoose(whole.violated, violated) + logChoose(others, size - violated) - logChoose(whole.size, size);
  let sum = 1;
  let term = 1;
  for (let k = violated; k < most; k++) {
    term *= ((whole.violated - k) * (size - k)) / ((k + 1) * (others - size + k + 1));
    sum += term;
    if (term < sum * 1e-12 || !Number.isFinite(sum)) break;
  }
  // Far below what is expected the terms grow beyond any number: then it is nearly certain.
  return Number.isFinite(sum) ? Math.min(0, first + Math.log(sum)) : 0;
}

/** How much better two shares, of the group and of the rest, explain the counts than one does: in log likelihood, 0 at least. */
export function logGain(group: Share, whole: Share): number {
  const rest = { violated: whole.violated - group.violated, size: whole.size - group.size };
  return likelihood(group) + likelihood(rest) - likelihood(whole);
}

function likelihood({ violated, size }: Share): number {
  return partOf(violated, size) + partOf(size - violated, size);
}

function partOf(some: number, all: number): number {
  return some === 0 ? 0 : some * Math.log(some / all);
}

function logChoose(total: number, k: number): number {
  return k < 0 || k > total
    ? Number.NEGATIVE_INFINITY
    : logFactorial(total) - logFactorial(k) - logFactorial(total - k);
}

const EXACT: number[] = [0];
for (let n = 1; n < 256; n++) EXACT.push(EXACT[n - 1]! + Math.log(n));

/** Stirling's series, which is exact to the last digits from 256 on. */
function logFactorial(whole: number): number {
  if (whole < EXACT.length) return EXACT[whole]!;
  return (
    whole * Math.log(whole) -
    whole +
    0.5 * Math.log(2 * Math.PI * whole) +
    1 / (12 * whole) -
    1 / (360 * whole ** 3)
  );
}
