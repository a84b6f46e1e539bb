const SECOND = 1_000_000_000n;

/** Widths that people read time in, in nanoseconds. */
const WIDTHS = [
  1n,
  5n,
  15n,
  30n,
  60n,
  300n,
  900n,
  1800n,
  3600n,
  7200n,
  10_800n,
  21_600n,
  43_200n,
  86_400n,
].map((seconds) => seconds * SECOND);

/** About this many buckets show when something started. */
const WANTED = 96n;

/** The width of time buckets for a range: the narrowest that makes no more than about a hundred. */
export function bucketWidth(fromNs: bigint, toNs: bigint): bigint {
  const least = (toNs - fromNs) / WANTED;
  const width = WIDTHS.find((candidate) => candidate >= least);
  if (width !== undefined) return width;
  const day = 86_400n * SECOND;
  return (least / day + 1n) * day;
}
