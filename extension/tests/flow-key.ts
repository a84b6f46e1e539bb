/** What spans of several traces have in common, by which a rule can judge them together. */
import type { Span } from '../service/trace.js';
import { conditionText, keyText } from './write-test.js';

/** A setting of a rule, and what a test keeps of spans so that they are together. */
export interface FlowKey {
  /** `across span.order.id within 1h` */
  readonly text: string;
  /** The attribute of spans; undefined for links. */
  readonly attribute?: string;
  /** Whether a case that binds a span of the first trace sees the second one. */
  readonly sees: (from: readonly Span[], to: readonly Span[]) => boolean;
}

const MOST_KEYS = 3;
const SECOND = 1_000_000_000n;
const REACHES: readonly (readonly [size: bigint, text: string])[] = [
  [SECOND, '1s'],
  [10n * SECOND, '10s'],
  [60n * SECOND, '1m'],
  [600n * SECOND, '10m'],
  [3600n * SECOND, '1h'],
  [21_600n * SECOND, '6h'],
  [86_400n * SECOND, '24h'],
  [604_800n * SECOND, '7d'],
];

/**
 * The attributes of which all of these spans have the same value, those that name a thing first, and links where a trace links to
 * another.
 *
 * @param reach how far the spans are apart, in nanoseconds
 */
export function flowKeys(
  traces: readonly (readonly Span[])[],
  chosen: readonly Span[],
  reach: bigint,
): readonly FlowKey[] {
  const within = REACHES.find(([size]) => size >= 2n * reach)?.[1] ?? '30d';
  const [first, ...others] = chosen.map(valuesOf);
  const shared = [...(first ?? [])]
    .filter(([key, value]) => others.every((values) => values.get(key) === value))
    .map(([key]) => key)
    .sort((a, b) => rankOf(a) - rankOf(b))
    .slice(0, MOST_KEYS)
    .map(
      (attribute): FlowKey => ({
        text: `across span.${keyText(attribute)} within ${within}`,
        attribute,
        sees: () => true,
      }),
    );
  const isLinked = traces.some((from) => traces.some((to) => from !== to && linksTo(from, to)));
  const links: FlowKey = {
    text: `across links within ${within}`,
    sees: (from, to) => from === to || linksTo(from, to) || linksTo(to, from),
  };
  return isLinked ? [...shared, links] : shared;
}

/** Conditions, by the attributes that a rule can ask for: texts and numbers, as a flag says of no thing which one it is. */
function valuesOf({ attributes }: Span): ReadonlyMap<string, string> {
  return new Map(
    attributes.flatMap(({ key, value }): readonly (readonly [string, string])[] => {
      const isKey = value.stringValue !== undefined || value.intValue !== undefined;
      const text = isKey ? conditionText('span', key, value) : undefined;
      return text === undefined ? [] : [[key, text]];
    }),
  );
}

function rankOf(key: string): number {
  return /(?:^|[._-])(?:id|uuid|key|number)$/iu.test(key) ? 0 : 1;
}

function linksTo(from: readonly Span[], to: readonly Span[]): boolean {
  const target = to[0]?.traceId;
  return from.some(({ links }) => links.some(({ traceId }) => traceId === target));
}
