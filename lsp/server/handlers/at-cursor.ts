import type { Position, Range, TextEdit } from 'vscode-languageserver';
import { messageOf } from '../../../engine/shared/message-of.js';
import type { MatchCount, MatchWindow } from '../../catalogue/source.js';
import { addToFilter } from '../../features/add-to-filter.js';
import { questionAt } from '../../features/match-question.js';
import { rangeOf, textEditOf } from '../convert.js';
import type { Session } from '../session.js';
import { type Place, viewAt } from './place.js';

/** `betrace/matchesAt`: which spans the pattern at a place matches. */
interface AskedMatches {
  readonly uri: string;
  readonly position: Position;
  /** Where the rule was not replayed yet, or it is no rule. */
  readonly window?: MatchWindow;
}

interface Matches {
  readonly range: Range;
  /** TraceQL. */
  readonly query: string;
  readonly window: MatchWindow;
  /** By name and service. */
  readonly counts: readonly MatchCount[];
}

/** `betrace/addToFilter`: what is at the place is to ask for one thing more. */
interface AskedCondition {
  readonly uri: string;
  readonly position: Position;
  /** `span.a = 1` */
  readonly condition: string;
}

/** What clients ask about the place where the cursor is. */
export function registerAtCursor(session: Session): void {
  const { connection, analysis, results, matches } = session;
  const treeAt = ({ view: { language, path } }: Place) =>
    language === 'betrace' ? analysis.syntaxOf(path)?.file : analysis.queryOf(path);

  const matchesAt = async ({
    uri,
    position,
    window: given,
  }: AskedMatches): Promise<Matches | { readonly problem: string } | null> => {
    const place = viewAt(session, uri, position);
    const tree = place && treeAt(place);
    if (place === undefined || tree === undefined) return null;
    const { path, document } = place.view;
    const found = questionAt(tree, place.offset, path, analysis.workspace.scopes);
    if (found === undefined) return null;
    if (found === 'bound') return { problem: 'It matches other spans in each case.' };
    const last = found.rule === undefined ? undefined : results.replayOf(found.rule)?.found;
    const window = last?.from == null || last.to == null ? given : { from: last.from, to: last.to };
    if (window === undefined) return { problem: 'Replay the rule first: that says which time to look at.' };
    try {
      await session.configured;
      const counts = await matches.ask(found.query, window);
      if (counts === undefined) return { problem: 'There is no service to ask.' };
      return { range: rangeOf(document, found.range), query: found.query, window, counts };
    } catch (error) {
      return { problem: messageOf(error) };
    }
  };
  connection.onRequest('betrace/matchesAt', (asked: AskedMatches): Promise<unknown> => matchesAt(asked));

  connection.onRequest(
    'betrace/addToFilter',
    ({ uri, position, condition }: AskedCondition): { readonly edits: readonly TextEdit[] } | null => {
      const place = viewAt(session, uri, position);
      const tree = place && treeAt(place);
      const edit = place && tree && addToFilter(tree, place.offset, condition);
      if (place === undefined || edit === undefined) return null;
      return { edits: edit === null ? [] : [textEditOf(place.view.document, edit)] };
    },
  );
}
