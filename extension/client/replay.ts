import { type Uri, workspace } from 'vscode';
import type { ReplayResult } from '../service/answers.js';
import { judgedRules } from '../service/judged.js';
import { windowBack } from '../service/window.js';
import { vacuousTexts } from '../views/clause-texts.js';
import { countText, plural } from '../views/format.js';
import { resultsHtml } from '../views/results-html.js';
import type { RuleReplay } from './language-service.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import { settings } from './settings.js';
import { showTrace } from './trace-view.js';

/** A last result, to be shown again. */
export interface Replayed {
  readonly uri: Uri;
  readonly result: ReplayResult;
}

/** Replays rules of a text as it is in the editor, saved or not; all of them where none is named. */
export async function replay(
  parts: Parts,
  uri: Uri,
  rules?: readonly string[],
): Promise<Replayed | undefined> {
  const { backend, language, status } = parts;
  const title = rules?.length === 1 ? `Replaying ${rules[0]}` : 'Replaying the rules of this file';
  const document = await workspace.openTextDocument(uri);
  const text = document.getText();
  const { limit } = settings(uri);
  const { range } = backend.asked;
  const result = await withProgress(title, async (report, signal) => {
    status.working('replaying');
    const service = await backend.service(signal);
    const request = { limit, ...windowBack(range, Date.now()), ...(rules === undefined ? {} : { rules }) };
    return await service.replay(
      {
        ...request,
        text: (await language.selfContained(uri.toString())) ?? text,
        path: uri.scheme === 'file' ? uri.fsPath : uri.path,
      },
      ({ status: state, progress: { stage, fraction, blocks, totalBlocks, spans } }) =>
        report(
          state === 'waiting'
            ? 'waiting for other replays'
            : stage === 'reading'
              ? `${blocks} of ${plural(totalBlocks, 'block')}, ${countText(spans)} spans`
              : stage,
          fraction,
        ),
      signal,
    );
  });
  if (result === undefined) {
    status.working(undefined);
    return undefined;
  }
  const judged = judgedRules(result);
  const found = judged.reduce((total, { violated }) => total + violated, 0);
  const idle = judged.filter(({ applicable }) => applicable === 0).length;
  status.replay(
    `${plural(found, 'violation')}${idle === 0 ? '' : `, ${plural(idle, 'rule')} never applied`}`,
  );
  const replayed = { uri, result };
  showResults(parts, replayed);
  await language.replayed(text, lastReplays(result));
  return replayed;
}

/** The counts, for lenses and hovers. */
function lastReplays(result: ReplayResult): readonly RuleReplay[] {
  const { range, partial } = result;
  const { from, to } = range;
  const ended = new Date().toISOString();
  return judgedRules(result).map(
    ({ id, applicable, passed, vacuous = 0, clauses = [], violated, cannotTell, first, problem }) => ({
      id,
      lastReplay: {
        ended,
        from,
        to,
        applicable,
        passed,
        vacuous,
        violated,
        cannotTell,
        first,
        vacuousClauses: vacuousTexts(clauses),
        partial: partial || problem !== null,
      },
    }),
  );
}

export function showResults(parts: Parts, { uri, result }: Replayed): void {
  const all = judgedRules(result);
  const title = all.length === 1 ? `Replay: ${all[0]?.id ?? ''}` : 'Replay';
  parts.views.show('results', title, resultsHtml(result), async ({ message, rule = '', index }) => {
    const found = all.find(({ id }) => id === rule)?.violations[Number(index)];
    if (message !== 'openViolation' || found === undefined) return;
    const { traceId } = found;
    if (traceId !== undefined) await showTrace(parts, { traceId, violation: { uri, rule, found } });
  });
}
