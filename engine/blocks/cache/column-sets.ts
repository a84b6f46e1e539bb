/** What is to be flattened of a block, as sets of columns. */
import type { AttributeKey, ColumnNeeds } from '../../plan/schema.js';

/** What is wanted of events or of links. */
interface Part<C extends string> {
  readonly columns: readonly C[];
  readonly attributes: readonly string[];
}

/** Whether a flat block made for `have` holds everything that `want` asks for. */
export function covers(have: ColumnNeeds, want: ColumnNeeds): boolean {
  const { spans, spanAttributes, events, links } = missingColumns(have, want);
  return spans.length === 0 && spanAttributes.length === 0 && events === undefined && links === undefined;
}

/** What `want` asks for and a flat block made for `have` does not hold. Events that it has none of are asked for with all their columns. */
export function missingColumns(have: ColumnNeeds, want: ColumnNeeds): ColumnNeeds {
  const attributes = new Set(have.spanAttributes.map(keyOf));
  const events = missingPart(have.events, want.events);
  const links = missingPart(have.links, want.links);
  return {
    spans: without(want.spans, have.spans),
    spanAttributes: want.spanAttributes.filter((attribute) => !attributes.has(keyOf(attribute))),
    ...(events === undefined ? {} : { events }),
    ...(links === undefined ? {} : { links }),
  };
}

/** Everything that one of them asks for. */
export function allColumns(sets: readonly ColumnNeeds[]): ColumnNeeds {
  const attributes = new Map(
    sets.flatMap((set) => set.spanAttributes.map((spanAttribute) => [keyOf(spanAttribute), spanAttribute])),
  );
  const events = allParts(sets.flatMap(({ events }) => events ?? []));
  const links = allParts(sets.flatMap(({ links }) => links ?? []));
  return {
    spans: distinct(sets.flatMap(({ spans }) => spans)),
    spanAttributes: [...attributes.keys()].sort().map((key) => attributes.get(key)!),
    ...(events === undefined ? {} : { events }),
    ...(links === undefined ? {} : { links }),
  };
}

/** How many columns there are, attributes as one each. */
export function columnCount({ spans, spanAttributes, events, links }: ColumnNeeds): number {
  const ofPart = (part: Part<string> | undefined): number =>
    part === undefined ? 0 : 1 + part.columns.length + part.attributes.length;
  return spans.length + spanAttributes.length + ofPart(events) + ofPart(links);
}

function keyOf({ scope, key }: AttributeKey): string {
  return `${scope}\0${key}`;
}

function missingPart<C extends string>(
  have: Part<C> | undefined,
  want: Part<C> | undefined,
): Part<C> | undefined {
  if (have === undefined || want === undefined) return want;
  const columns = without(want.columns, have.columns);
  const attributes = without(want.attributes, have.attributes);
  return columns.length + attributes.length === 0 ? undefined : { columns, attributes };
}

function allParts<C extends string>(parts: readonly Part<C>[]): Part<C> | undefined {
  if (parts.length === 0) return undefined;
  return {
    columns: distinct(parts.flatMap(({ columns }) => columns)),
    attributes: distinct(parts.flatMap(({ attributes }) => attributes)),
  };
}

function without<T>(items: readonly T[], others: readonly T[]): readonly T[] {
  const left = new Set(others);
  return items.filter((item) => !left.has(item));
}

function distinct<T extends string>(items: readonly T[]): readonly T[] {
  return [...new Set(items)].sort();
}
