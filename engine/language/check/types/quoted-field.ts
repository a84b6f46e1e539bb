import { fieldOf } from '../../grammar/grammar-nodes.js';
import { replaceFix } from '../../problems/diagnostic.js';
import type { ReportExtra } from '../../problems/report.js';
import { lex } from '../../text/lexer.js';
import type { Token } from '../../text/tokens.js';
import type { Literal } from '../../tree/ast.js';
import { areComparable, typeOfField, typeOfLiteral } from '../../tree/types.js';
import { literalFix } from './literal-fix.js';

/** A field whose name is in quotes. */
export interface QuotedField extends ReportExtra {
  readonly message: string;
}

/** The field that is meant where two constants are compared, as in `"name" = "db.query"`; undefined where it could not be compared so. */
export function quotedField(left: Literal | undefined, right: Literal | undefined): QuotedField | undefined {
  if (left?.kind !== 'string' || right === undefined) return undefined;
  const [token, ...others] = lex(left.value).tokens;
  if (token === undefined || others.length > 0 || !FIELDS.has(token.kind)) return undefined;
  const type = typeOfField(fieldOf(token));
  const isComparable = areComparable(type, typeOfLiteral(right));
  const value = isComparable ? undefined : literalFix({ literal: right }, type);
  if (!isComparable && value === undefined) return undefined;
  const { text } = token;
  const { edits, ...fix } = replaceFix(`Change to ${text}`, left.range, text);
  return {
    message: `\`${left.raw}\` is a text, the same for every span; the field is \`${text}\`, without quotes.`,
    fixes: [{ ...fix, edits: [...edits, ...(value?.edits ?? [])] }],
  };
}

const FIELDS: ReadonlySet<Token['kind']> = new Set<Token['kind']>(['intrinsic', 'scoped', 'field']);
