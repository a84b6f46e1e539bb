import type { Range } from 'vscode-languageserver';
import { isRuleItem } from '../../../engine/language/tree/rule-item.js';
import { clauseName } from '../../../engine/language/words/clause-name.js';
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
    const items = analysis.syntaxOf(path)?.file.items ?? [];
    const item = items.find((candidate) => isRuleItem(candidate) && candidate.id.text === rule);
    if (item === undefined || !isRuleItem(item)) continue;
    const counted = new Map<string, number>();
    for (const { kind, range } of item.clauses) {
      const index = (counted.get(kind) ?? 0) + 1;
      counted.set(kind, index);
      if (clauseName({ keyword: kind, index }) === clause) return rangeOf(document, range);
    }
  }
  return undefined;
}
