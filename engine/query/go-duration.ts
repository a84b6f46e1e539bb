const UNITS = [
  { ns: 3_600_000_000_000n, name: 'h' },
  { ns: 60_000_000_000n, name: 'm' },
] as const;

/**
 * A duration as Go writes it, which is how Tempo shows durations that are values: `1.966577633s`, `503.787477ms`, `1h2m0s`,
 * `0s`. https://pkg.go.dev/time#Duration.String
 */
export function goDuration(ns: bigint): string {
  if (ns < 0n) return `-${goDuration(-ns)}`;
  if (ns === 0n) return '0s';
  if (ns < 1_000n) return `${ns}ns`;
  if (ns < 1_000_000n) return `${decimal(ns, 3)}µs`;
  if (ns < 1_000_000_000n) return `${decimal(ns, 6)}ms`;
  let rest = ns;
  let text = '';
  for (const { ns: unit, name } of UNITS) {
    if (ns >= unit) text += `${rest / unit}${name}`;
    rest %= unit;
  }
  return `${text}${decimal(rest, 9)}s`;
}

/** `value / 10^digits` without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return `${text.slice(0, -digits)}${fraction === '' ? '' : `.${fraction}`}`;
}
