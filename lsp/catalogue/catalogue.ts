import type { AttributeScope, Field } from '../../engine/language/tree/ast.js';
import {
  closedSet,
  type FieldCatalogue,
  type KnownField,
  type KnownType,
} from '../../engine/language/tree/catalogue.js';

/** What stored traces carry, as far as an editor shows it. All texts are foreign: escape them where they become markup. */
export interface TraceCatalogue {
  /** Spans that were looked at. */
  readonly spans: number;
  readonly attributes: readonly KnownAttribute[];
  /** The most frequent first. */
  readonly spanNames: readonly ValueCount[];
  readonly services: readonly ValueCount[];
}

/** An attribute with how often it is there, whatever is known of its values. */
export type CountedAttribute = Omit<KnownAttribute, 'values'>;

export interface KnownAttribute {
  readonly scope: Exclude<AttributeScope, 'any'>;
  readonly key: string;
  /** The most frequent first. */
  readonly types: readonly KnownType[];
  /** Spans (for scopes `event` and `link`: events, links) that carry it. */
  readonly count: number;
  /** Whether values of it are in several traces, and in few; absent where nobody has looked. */
  readonly acrossTraces?: boolean;
  /** Frequent values, the most frequent first. */
  readonly values: readonly ValueCount[];
}

export interface ValueCount {
  readonly text: string;
  readonly count?: number;
}

export const EMPTY_CATALOGUE: TraceCatalogue = { spans: 0, attributes: [], spanNames: [], services: [] };

/** More values of one attribute nobody is asked for. */
export const MOST_COUNTED = 200;

/** What the checker of rules needs of it; nothing where nothing is known. */
export function fieldCatalogueOf(catalogue: TraceCatalogue): FieldCatalogue | undefined {
  if (catalogue.attributes.length === 0) return undefined;
  const byScope = new Map<KnownAttribute['scope'], Map<string, KnownField>>();
  for (const { scope, key, types, count, acrossTraces = false, values } of catalogue.attributes) {
    const keys = byScope.get(scope) ?? new Map<string, KnownField>();
    const isText = types.length === 1 && types[0] === 'string';
    const closed = isText ? closedSet(values, MOST_COUNTED, count) : undefined;
    byScope.set(
      scope,
      keys.set(key, { types, acrossTraces, ...(closed === undefined ? {} : { values: closed }) }),
    );
  }
  const spanNames = closedSet(catalogue.spanNames, MOST_COUNTED, catalogue.spans);
  return { attributes: byScope, ...(spanNames === undefined ? {} : { spanNames }) };
}

/** The catalogue with these as the values of a field, unless there are none. */
export function withValues(
  catalogue: TraceCatalogue,
  field: Field,
  values: readonly ValueCount[] | undefined,
): TraceCatalogue {
  if (values === undefined || values.length === 0) return catalogue;
  if (field.kind === 'intrinsic')
    return field.name === 'trace:rootService'
      ? { ...catalogue, services: values }
      : { ...catalogue, spanNames: values };
  const known = findAttribute(catalogue, field.scope, field.key);
  const attributes = catalogue.attributes.map((attribute) =>
    attribute === known ? { ...attribute, values } : attribute,
  );
  return { ...catalogue, attributes };
}

/** The attribute that a field with this scope reads; unscoped ones are the span's, else the resource's. */
export function findAttribute(
  catalogue: TraceCatalogue,
  scope: AttributeScope,
  key: string,
): KnownAttribute | undefined {
  const scopes = scope === 'any' ? ['span', 'resource'] : [scope];
  for (const scope of scopes) {
    const found = catalogue.attributes.find(
      (attribute) => attribute.scope === scope && attribute.key === key,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
