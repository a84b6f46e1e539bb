import type { Range } from './ast.js';
import type { Diagnostic, Fix } from './diagnostic.js';
import type { SyntaxCode } from './syntax-codes.js';

/** A syntax error. All are errors: a text with any of them means nothing yet. */
export function syntaxError(
  code: SyntaxCode,
  range: Range,
  message: string,
  fixes: readonly Fix[] = [],
): Diagnostic {
  const { start, end } = range;
  return {
    code,
    severity: 'error',
    message,
    range: { start, end },
    ...(fixes.length === 0 ? {} : { fixes }),
  };
}
