import { parseFile } from '../../../engine/language/parse/parse.js';
import { isRuleItem } from '../../../engine/language/tree/rule-item.js';
import type { LastReplay, ServiceRule } from '../../catalogue/last-replay.js';
import { ruleMeaning, testMeaning } from '../../results/meaning.js';
import type { Session } from '../session.js';

/** `betrace/replayed`: a client has replayed rules of a text, which need not be saved. */
interface Replayed {
  readonly text: string;
  readonly rules: readonly { readonly id: string; readonly lastReplay: LastReplay }[];
}

/** `betrace/tested`: a client has run tests of a file as it is in the editor. */
interface Tested {
  readonly uri: string;
  readonly tests: readonly { readonly rule: string; readonly title: string; readonly passed: boolean }[];
}

/** Takes in what clients find out, so that lenses, hovers and hints show it. `onNews`: there is something new to show. */
export function registerResults(session: Session, onNews: () => void): void {
  const { connection, analysis, documents, results } = session;
  connection.onNotification('betrace/replayed', ({ text, rules }: Replayed) => {
    for (const { id, lastReplay } of rules) {
      const meaning = meaningIn(session, id, text);
      if (meaning !== undefined) results.noteReplay(id, lastReplay, meaning);
    }
    onNews();
  });
  connection.onNotification('betrace/tested', ({ uri, tests }: Tested) => {
    for (const { path } of documents.viewsOf(uri))
      for (const item of analysis.syntaxOf(path)?.file.items ?? []) {
        if (item.kind !== 'test') continue;
        const found = tests.find(({ rule, title }) => rule === item.rule.text && title === item.title.value);
        if (found !== undefined)
          results.noteTest(found.rule, found.title, found.passed, testMeaning(analysis, item));
      }
    onNews();
  });
}

/** What a service says of its rules; undefined: another one is asked from now on. Only what is new is looked at. */
export function noteServiceRules(session: Session, rules: readonly ServiceRule[] | undefined): void {
  const { results, ruleClass } = session;
  if (rules === undefined) results.forgetService();
  for (const { id, text, finality, lastReplay } of rules ?? []) {
    const isNewClass = ruleClass === undefined && results.classOf(id)?.text !== text;
    const isNewReplay = lastReplay !== null && results.replayOf(id)?.found.ended !== lastReplay.ended;
    const meaning = isNewClass || isNewReplay ? meaningIn(session, id, text) : undefined;
    if (meaning === undefined) continue;
    if (isNewClass) results.noteClass(id, finality, meaning, text);
    if (isNewReplay) results.noteReplay(id, lastReplay, meaning);
  }
}

/** What a rule means as it is in another text, with the names of the file that it is in here. */
function meaningIn({ analysis }: Session, id: string, text: string): string | undefined {
  const current = analysis.ruleNamed(id);
  if (current === undefined) return undefined;
  const rule = parseFile(text)
    .file.items.filter(isRuleItem)
    .find((item) => item.id.text === id);
  return rule === undefined ? undefined : ruleMeaning(analysis, current.path, rule, current.item);
}
