import type { Range } from '../tree/ast.js';
import type { Diagnostic, Fix } from './diagnostic.js';
import { SYNTAX_CODES, type SyntaxCode } from './syntax-codes.js';

/** A syntax error. */
export function syntaxError(
  code: SyntaxCode,
  range: Range,
  message: string,
  fixes: readonly Fix[] = [],
): Diagnostic {
  const { start, end } = range;
  return {
    code,
    severity: SYNTAX_CODES[code].severity,
    message,
    range: { start, end },
    ...(fixes.length === 0 ? {} : { fixes }),
  };
}
