import type { ResultValue } from '../../engine/otlp/named-value.js';
import { identity, NIL } from './oracle/values.js';

/** The value of a label in the words of the oracle, which tell types apart. */
export function resultIdentity(value: ResultValue): string {
  if (value === null) return identity(NIL);
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${value}`;
  if (typeof value === 'string') return `string ${value}`;
  if (typeof value === 'boolean') return `bool ${value}`;
  return `array ${JSON.stringify(value.map(resultIdentity))}`;
}
