/** What is wrong with a log that is read again. What can be read of it is used. */
export type LogDamage =
  /** Bytes of a segment that hold nothing. `torn` ones end it: a write that a crash or a full disk cut off, and it was never acknowledged. */
  | {
      readonly kind: 'damage' | 'torn';
      readonly segment: string;
      readonly from: number;
      readonly to: number;
    }
  /** A segment that is not there, though nobody let go of it. */
  | { readonly kind: 'missing'; readonly segment: string }
  /** A segment that ends at `from`, and had been written up to `to`. */
  | { readonly kind: 'cut'; readonly segment: string; readonly from: number; readonly to: number }
  /** A segment with other records than were written there. */
  | { readonly kind: 'changed'; readonly segment: string };

export const DAMAGE_KINDS = [
  'damage',
  'torn',
  'missing',
  'cut',
  'changed',
] as const satisfies readonly LogDamage['kind'][];

/** For the log of the service. */
export function damageText(damage: LogDamage): string {
  switch (damage.kind) {
    case 'damage':
      return `${damage.segment}: bytes ${damage.from} to ${damage.to} are not what was written; records in them are lost`;
    case 'torn':
      return `${damage.segment}: the last ${damage.to - damage.from} bytes are a write that was cut off; it was not acknowledged`;
    case 'missing':
      return `${damage.segment} is not there; its records are lost`;
    case 'cut':
      return `${damage.segment} was cut off after ${damage.from} of ${damage.to} bytes; records behind are lost`;
    case 'changed':
      return `${damage.segment} has other records than were written there: was it swapped for a file of another folder?`;
  }
}
