import { corrupt } from '../error.js';
import { Repetition } from './parquet-format.js';

/** `SchemaElement` of parquet.thrift. */
export interface SchemaElement {
  /** A number of `PhysicalType`; absent for a group. */
  readonly type: number | undefined;
  readonly repetition: number;
  readonly name: string;
  readonly children: number;
}

/** A column of a nested file. */
export interface Leaf {
  readonly number: number;
  /** Names joined by dots, without the two wrappers of a three-level list (`list.element`). */
  readonly path: string;
  readonly type: number;
  readonly repetition: number;
  /** Greatest repetition level: how many lists it lies in (a repeated leaf is a list itself). */
  readonly maxRep: number;
  /** Greatest definition level: the one of a value that is there. */
  readonly maxDef: number;
  /**
   * `listDef[k]` is the least definition level at which an element of the k-th list exists (k = 1 is the outermost);
   * `listDef[0]` is 0, the row itself. Source: Dremel encoding, "Nested Encoding" of parquet-format's README.
   */
  readonly listDef: readonly number[];
}

const MAX_DEPTH = 24;

/** The leaves of a schema in file order. Throws `CorruptError`. */
export function readSchema(elements: readonly SchemaElement[]): readonly Leaf[] {
  const leaves: Leaf[] = [];
  let next = 1;
  const visit = (
    path: readonly string[],
    maxDef: number,
    listDef: readonly number[],
    depth: number,
  ): void => {
    const element = elements[next++];
    if (!element || depth > MAX_DEPTH) corrupt('has a schema that is cut off or too deep');
    const full = [...path, element.name];
    const def = maxDef + (element.repetition === Repetition.REQUIRED ? 0 : 1);
    const lists = element.repetition === Repetition.REPEATED ? [...listDef, def] : listDef;
    if (element.type !== undefined) {
      leaves.push({
        number: leaves.length,
        path: plainPath(full),
        type: element.type,
        repetition: element.repetition,
        maxRep: lists.length - 1,
        maxDef: def,
        listDef: lists,
      });
      return;
    }
    for (let i = 0; i < element.children; i++) visit(full, def, lists, depth + 1);
  };
  const root = elements[0] ?? corrupt('has no schema');
  for (let i = 0; i < root.children; i++) visit([], 0, [0], 1);
  if (next !== elements.length) corrupt('has a schema with loose elements');
  return leaves;
}

/** Takes the wrappers of three-level lists out of a path, so that v3, v4 and v5 name a column alike. */
function plainPath(names: readonly string[]): string {
  const kept: string[] = [];
  for (let i = 0; i < names.length; i++) {
    if (names[i] === 'list' && names[i + 1] === 'element') i++;
    else kept.push(names[i]!);
  }
  return kept.join('.');
}
