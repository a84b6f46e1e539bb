import { lex } from '../../engine/language/text/lexer.js';
import type { Token } from '../../engine/language/text/tokens.js';
import type { Field, Range } from '../../engine/language/tree/ast.js';
import type { Analysis } from '../workspace/analysis.js';
import { fieldOf } from './completion/field-context.js';

type Attribute = Extract<Field, { kind: 'attribute' }>;

export interface FieldMention {
  readonly path: string;
  readonly range: Range;
}

/** Who reads the attribute under the cursor, in all files of rules; nothing where none is. */
export function attributeReferences(
  analysis: Analysis,
  text: string,
  offset: number,
): readonly FieldMention[] {
  const wanted = lex(text).tokens.flatMap((token) => {
    const attribute = token.start <= offset && offset <= token.end ? attributeOf(token) : undefined;
    return attribute === undefined || offset < attribute.range.start ? [] : [attribute];
  })[0];
  if (wanted === undefined) return [];
  return analysis.paths.flatMap((path) => {
    const source = analysis.syntaxOf(path)?.text ?? '';
    // Most files do not have the key at all, and cost no more than a look.
    if (!source.includes(wanted.field.key)) return [];
    return lex(source).tokens.flatMap((token) => {
      const mention = attributeOf(token);
      return mention !== undefined && isSame(mention.field, wanted.field)
        ? [{ path, range: mention.range }]
        : [];
    });
  });
}

/** The attribute that a token reads, and where it is without the span that it is read from. */
function attributeOf(token: Token): { readonly field: Attribute; readonly range: Range } | undefined {
  const field = fieldOf(token);
  if (field?.kind !== 'attribute' || field.key === '') return undefined;
  const before = field.bound === undefined ? 0 : field.bound.text.length + 1;
  return { field, range: { start: token.start + before, end: token.end } };
}

/** An attribute without a scope is one of the span or of its resource. */
function isSame(a: Attribute, b: Attribute): boolean {
  if (a.key !== b.key) return false;
  const isOfSpan = ({ scope }: Attribute): boolean => scope === 'span' || scope === 'resource';
  return a.scope === b.scope || (a.scope === 'any' && isOfSpan(b)) || (b.scope === 'any' && isOfSpan(a));
}
