/** The intrinsics by the tests that random rules may have of them; one that is new is among those of its type. */

import type { Intrinsic } from '../../../engine/language/tree/ast.js';
import { type FieldType, INTRINSICS, type IntrinsicInfo } from '../../../engine/language/tree/intrinsics.js';

/** Hex, of which only equality is promised. */
const IDS: ReadonlySet<Intrinsic> = new Set([
  'span:id',
  'span:parentID',
  'trace:id',
  'link:spanID',
  'link:traceID',
]);

export function isId(name: Intrinsic): boolean {
  return IDS.has(name);
}

/** Numbers of which only the signs are promised. */
function isPosition(name: Intrinsic): boolean {
  return name.startsWith('nestedSet');
}

function namesOf(
  types: readonly FieldType[],
  test: (info: IntrinsicInfo) => boolean = () => true,
): readonly Intrinsic[] {
  return INTRINSICS.filter((info) => types.includes(info.type) && !isOfItem(info) && test(info)).map(
    ({ name }) => name,
  );
}

function isOfItem({ of }: IntrinsicInfo): boolean {
  return of === 'event' || of === 'link';
}

export const POSITIONS = namesOf(['int'], ({ name }) => isPosition(name));
export const NUMBERS = namesOf(['int', 'duration'], ({ name }) => !isPosition(name));
export const DURATIONS = namesOf(['duration']);
export const TIMES = namesOf(['time']);
const isOfLibrary = (name: Intrinsic): boolean => name.startsWith('instrumentation:');
export const TEXTS = namesOf(['string'], ({ name }) => !isId(name) && !isOfLibrary(name));
export const LIBRARY_TEXTS = namesOf(['string'], ({ name }) => isOfLibrary(name));
