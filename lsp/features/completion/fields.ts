import type { Token } from '../../../engine/language/text/tokens.js';
import type { AttributeScope, Intrinsic } from '../../../engine/language/tree/ast.js';
import {
  INTRINSICS,
  type IntrinsicInfo,
  shortestSpelling,
  spellingAfterDot,
} from '../../../engine/language/tree/intrinsics.js';
import { attributeNameText } from '../../../engine/language/tree/literals-attribute.js';
import { findAttribute, type TraceCatalogue } from '../../catalogue/catalogue.js';
import { attributeDetail, attributeMarkdown } from '../../docs/attribute-docs.js';
import { exampleMarkdown } from '../../docs/markdown.js';
import { type CompletionEntry, RANK } from './entry.js';
import { comparedField } from './field-context.js';
import { openOf } from './order.js';
import type { CompletionPlace } from './place.js';

const SCOPES: readonly Exclude<AttributeScope, 'any'>[] = [
  'span',
  'resource',
  'event',
  'link',
  'instrumentation',
];

/**
 * Attributes and intrinsics. `prefix` is what is before the field and stays: `c.` of a bound span, `parent.`; after it
 * intrinsics have their short names and no colon.
 */
export function fieldEntries(
  place: CompletionPlace,
  catalogue: TraceCatalogue,
  bound: readonly string[],
): readonly CompletionEntry[] {
  const { prefix, rest } = splitPrefix(place.typed, bound);
  const wantsNumber = isOfNumbers(place.expected.before);
  const same = comparedField(place.text, place.replace.start);
  const wanted = rest.toLowerCase().replaceAll('"', '');
  const replaced = place.replace;
  const intrinsics = INTRINSICS.filter((info) => prefix === '' || info.name.startsWith('span:')).map(
    (info): CompletionEntry => {
      const spelling = prefix === '' ? shortestSpelling(info.name) : spellingAfterDot(info.name);
      return {
        label: `${prefix}${spelling}`,
        kind: 'field',
        detail: info.type,
        documentation: [info.documentation, ...exampleMarkdown(info.name)].join('\n\n'),
        replace: replaced,
        rank: spelling.toLowerCase().includes(wanted) ? intrinsicRank(info, wantsNumber) : RANK.rare,
      };
    },
  );
  const unscoped = prefix === '' && rest.startsWith('.');
  const attributes = catalogue.attributes.flatMap((attribute): readonly CompletionEntry[] => {
    const { scope, key } = attribute;
    if (unscoped && scope !== 'span' && scope !== 'resource') return [];
    // The span's attribute hides the resource's of the same key where no scope is written.
    if (unscoped && findAttribute(catalogue, 'any', key) !== attribute) return [];
    const spelling = unscoped ? `.${attributeNameText(key)}` : `${scope}.${attributeNameText(key)}`;
    const score = matchScore(spelling.toLowerCase().replaceAll('"', ''), key.toLowerCase(), wanted);
    if (score === undefined) return [];
    const isSame = prefix !== '' && same?.kind === 'attribute' && same.scope === scope && same.key === key;
    const isService = scope === 'resource' && key === 'service.name';
    return [
      {
        label: `${prefix}${spelling}`,
        kind: 'field',
        detail: attributeDetail(attribute, catalogue),
        documentation: attributeMarkdown(attribute, catalogue),
        replace: replaced,
        rank: isSame
          ? RANK.exact
          : wantsNumber && !attribute.types.some((type) => type === 'int' || type === 'float')
            ? RANK.rare
            : isService && wanted === ''
              ? RANK.usual + 0.5
              : RANK.field + score + SCOPES.indexOf(scope) / 10,
      },
    ];
  });
  const scopes = rest.includes('.') ? [] : scopeEntries(place, prefix);
  return [...mostFrequent(attributes), ...intrinsics, ...scopes];
}

/** What most filters are about, in the order in which people reach for it; the name of the service comes behind the name. */
const USUAL: readonly Intrinsic[] = ['span:name', 'span:status', 'span:kind', 'span:duration'];

function intrinsicRank({ name, type }: IntrinsicInfo, wantsNumber: boolean): number {
  if (wantsNumber) return name === 'span:duration' ? RANK.usual : type === 'int' ? RANK.intrinsic : RANK.rare;
  const usual = USUAL.indexOf(name);
  if (usual !== -1) return RANK.usual + usual;
  return name.startsWith('nestedSet') ? RANK.rare : RANK.intrinsic;
}

const OF_NUMBERS = /^(?:sum|avg|quantile|(?:sum|avg|quantile|histogram)_over_time)$/u;

/** Whether the place is for the field of a function that takes numbers. */
function isOfNumbers(before: readonly Token[]): boolean {
  const last = before.at(-1);
  if (last?.text !== '(' && last?.text !== ',') return false;
  return OF_NUMBERS.test(before[openOf(before, before.length - 1) - 1]?.text ?? '');
}

/** `span.` and the like by themselves, so that a newcomer sees that there are scopes. */
function scopeEntries(place: CompletionPlace, prefix: string): readonly CompletionEntry[] {
  const hops = prefix.endsWith('parent.') || prefix.endsWith('root.') ? [] : ['parent', 'root'];
  return [...SCOPES, ...hops].map((scope) => ({
    label: `${prefix}${scope}.`,
    kind: 'field',
    detail:
      scope === 'parent' || scope === 'root' ? `fields of the ${scope}` : `attributes of scope ${scope}`,
    replace: place.replace,
    rank: RANK.keyword,
    again: true,
  }));
}

/** Beyond this an editor's list helps nobody; more is found by typing on. */
export const MOST_ATTRIBUTES = 200;

function mostFrequent(entries: readonly CompletionEntry[]): readonly CompletionEntry[] {
  // The catalogue is in order of frequency, and sorting is stable.
  return entries
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, MOST_ATTRIBUTES)
    .map((entry, n) => ({ ...entry, rank: entry.rank + n / (MOST_ATTRIBUTES * 10) }));
}

/** Lower is better: the text as typed so far, the key itself, anywhere inside. Undefined: no match. */
function matchScore(spelling: string, key: string, wanted: string): number | undefined {
  if (wanted === '' || spelling.startsWith(wanted)) return 0;
  if (key.startsWith(wanted)) return 1;
  const bare = wanted.replace(/^(?:span|resource|event|link|instrumentation)?\./u, '');
  if (bare !== wanted && !spelling.startsWith(wanted.slice(0, wanted.length - bare.length))) return undefined;
  return key.includes(bare) ? 2 : undefined;
}

/**
 * `c.parent.span.x` is `c.parent.` and `span.x`: what stays, and what is completed. A word that is no bound span is the start of an
 * attribute without its scope.
 */
function splitPrefix(
  typed: string,
  bound: readonly string[],
): { readonly prefix: string; readonly rest: string } {
  const match = /^(?:(?<name>[A-Za-z_][\w-]*)\.)?(?:(?:parent|root)\.)?/u.exec(typed);
  const name = match?.groups?.name;
  const isKnown = name === undefined || name === 'parent' || name === 'root' || bound.includes(name);
  const prefix = isKnown ? (match?.[0] ?? '') : '';
  return { prefix, rest: typed.slice(prefix.length) };
}
