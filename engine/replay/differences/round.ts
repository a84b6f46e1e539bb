/** Numbers with few digits between two others, as a person would say where something begins. */

/** The number `c` of few digits with `low <= c < high`. */
export function roundBelow(low: number, high: number): number {
  return (
    rounded(
      low,
      high,
      (step) => Math.ceil(low / step) * step,
      (c) => c >= low && c < high,
    ) ?? low
  );
}

/** … with `low < c <= high`. */
export function roundAbove(low: number, high: number): number {
  return (
    rounded(
      low,
      high,
      (step) => Math.floor(high / step) * step,
      (c) => c > low && c <= high,
    ) ?? high
  );
}

/** Digits that a double has. */
const DIGITS = 15;

function rounded(
  low: number,
  high: number,
  candidate: (step: number) => number,
  fits: (c: number) => boolean,
): number | undefined {
  const most = Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE)));
  for (let exponent = most; exponent > most - DIGITS; exponent--) {
    // What floating point adds at the end is cut off again.
    const c = Number(candidate(10 ** exponent).toPrecision(DIGITS));
    if (fits(c)) return c;
  }
  return undefined;
}
