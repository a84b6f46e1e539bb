import type { AttributeScope } from '../../../engine/language/tree/ast.js';
import { INTRINSICS, shortestSpelling, spellingAfterDot } from '../../../engine/language/tree/intrinsics.js';
import { attributeNameText } from '../../../engine/language/tree/literals-attribute.js';
import { findAttribute, type TraceCatalogue } from '../../catalogue/catalogue.js';
import { attributeDetail, attributeMarkdown } from '../../docs/attribute-docs.js';
import { exampleMarkdown } from '../../docs/markdown.js';
import { type CompletionEntry, RANK } from './entry.js';
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
export function fieldEntries(place: CompletionPlace, catalogue: TraceCatalogue): readonly CompletionEntry[] {
  const { prefix, rest } = splitPrefix(place.typed);
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
        rank: info.name.startsWith('nestedSet') ? RANK.rare : RANK.intrinsic,
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
    return [
      {
        label: `${prefix}${spelling}`,
        kind: 'field',
        detail: attributeDetail(attribute, catalogue),
        documentation: attributeMarkdown(attribute, catalogue),
        replace: replaced,
        rank: RANK.field + score + SCOPES.indexOf(scope) / 10,
      },
    ];
  });
  const scopes = rest.includes('.') ? [] : scopeEntries(place, prefix);
  return [...mostFrequent(attributes), ...intrinsics, ...scopes];
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

/** `c.parent.span.x` is `c.parent.` and `span.x`: what stays, and what is completed. */
function splitPrefix(typed: string): { readonly prefix: string; readonly rest: string } {
  const match =
    /^(?:(?!(?:span|resource|event|link|instrumentation)\.)[A-Za-z_][\w-]*\.)(?:(?:parent|root)\.)?/u.exec(
      typed,
    );
  const prefix = match?.[0] ?? '';
  return { prefix, rest: typed.slice(prefix.length) };
}
