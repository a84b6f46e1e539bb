/** Where a test is: what `always` requires, what `never` forbids, what `when` asks for, or asks to be absent. */
export type Mode = 'when' | 'when not' | 'always' | 'never';

/** `not` turns a requirement into a prohibition, and what `when` asks for into what it asks to be absent. */
export function flipped(mode: Mode): Mode {
  const opposite = { always: 'never', never: 'always', when: 'when not', 'when not': 'when' } as const;
  return opposite[mode];
}

/**
 * What is added to the right side of `x <= y`, in nanoseconds. Clocks may differ by the rule's skew, so a requirement is
 * met, and a prohibition kept, if they are for some difference up to it: skew only ever removes violations.
 */
export function tolerance(mode: Mode, skewNs: bigint): bigint {
  if (mode === 'always') return skewNs;
  return mode === 'never' ? -skewNs : 0n;
}
