import type { Range } from 'vscode-languageserver';
import type { Range as TextRange } from '../../../engine/language/tree/ast.js';
import { isRuleItem } from '../../../engine/language/tree/rule-item.js';
import { namedClauses } from '../../../engine/language/words/clause-name.js';
import { rangeOf } from '../convert.js';
import type { Session } from '../session.js';

/** `betrace/clauseRange`: a client has a violation and shows which clause is broken. */
export interface AskedClause {
  readonly uri: string;
  readonly rule: string;
  /** `always#1`, as violations name it. */
  readonly clause: string;
}

/** Where the clause is in the text as it is now; undefined where the rule has none of that name. */
export function clauseRange(
  { analysis, documents }: Session,
  { uri, rule, clause }: AskedClause,
): Range | undefined {
  for (const { path, document } of documents.viewsOf(uri)) {
    const rules = (analysis.syntaxOf(path)?.file.items ?? []).filter(isRuleItem);
    const item = rules.find(({ id }) => id.text === rule);
    if (item === undefined) continue;
    const clauses: readonly { readonly kind: string; readonly range: TextRange }[] = item.clauses;
    const found = namedClauses(clauses).find(([name]) => name === clause);
    if (found !== undefined) return rangeOf(document, found[1].range);
  }
  return undefined;
}
