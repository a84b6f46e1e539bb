import { type Uri, window, workspace } from 'vscode';
import type { ReplayJson } from '../../engine/answers/replay.js';
import { judgedRules } from '../service/judged.js';
import { changesBetween, changeText, countChanges, type RuleChange } from '../service/replay-change.js';
import { traceLink } from '../service/trace-link.js';
import { windowBack } from '../service/window.js';
import { vacuousTexts } from '../views/clause-texts.js';
import { type Compared, changeTextOf, comparedData } from '../views/compared.js';
import { countText, plural, timeText } from '../views/format.js';
import type { RuleReplay } from './language-service.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import type { Replayed } from './replay-history.js';
import { settings } from './settings.js';
import { showTrace } from './traces/trace-view.js';

/** Replays rules of a text as it is in the editor, saved or not; all of them where none is named. Shows how it differs from the replay before. */
export async function replay(parts: Parts, uri: Uri, rules?: readonly string[]): Promise<void> {
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
    return;
  }
  const replayed = { uri, result, ended: new Date().toISOString() };
  parts.history.add(replayed);
  const [before] = parts.history.before(replayed);
  const compared = before === undefined ? undefined : comparedWith(before, replayed);
  const judged = judgedRules(result);
  const found = violationsIn(result);
  const idle = judged.filter(({ applicable }) => applicable === 0).length;
  const change = compared === undefined ? undefined : changeText(countChanges(compared.changes.values()));
  status.replay(
    `${plural(found, 'violation')}${change === undefined ? '' : ` (${change})`}${idle === 0 ? '' : `, ${plural(idle, 'rule')} never applied`}`,
  );
  showResults(parts, replayed, compared);
  await language.replayed(text, lastReplays(replayed, compared?.changes));
}

function comparedWith(before: Replayed, after: Replayed): Compared {
  return { ended: before.ended, changes: changesBetween(before.result, after.result) };
}

/** Shows the last results again, with how they differ from an earlier replay that is picked. */
export async function compareReplays(parts: Parts): Promise<void> {
  const { last } = parts.history;
  const earlier = last === undefined ? [] : parts.history.before(last);
  if (last === undefined || earlier.length === 0) {
    void window.showInformationMessage('BeTrace: these rules have been replayed only once in this window.');
    return;
  }
  const chosen = await window.showQuickPick(
    earlier.map((replayed) => ({
      label: timeText(replayed.ended).slice(0, 19),
      description: plural(violationsIn(replayed.result), 'violation'),
      replayed,
    })),
    { title: 'Compare the last replay with' },
  );
  if (chosen !== undefined) showResults(parts, last, comparedWith(chosen.replayed, last));
}

function violationsIn(result: ReplayJson): number {
  return judgedRules(result).reduce((total, { violated }) => total + violated, 0);
}

/** The counts, for lenses and hovers. */
function lastReplays(
  { result, ended }: Replayed,
  changes: ReadonlyMap<string, RuleChange> | undefined,
): readonly RuleReplay[] {
  const { range, partial } = result;
  const { from, to } = range;
  return judgedRules(result).map(
    ({ id, applicable, passed, vacuous, clauses, violated, cannotTell, first, problem }) => ({
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
        change: changeTextOf(changes?.get(id)),
      },
    }),
  );
}

export function showResults(parts: Parts, { uri, result }: Replayed, compared?: Compared): void {
  const all = judgedRules(result);
  const title = all.length === 1 ? `Replay: ${all[0]?.id ?? ''}` : 'Replay';
  const data = {
    ...({ kind: 'results', result } as const),
    compared: compared === undefined ? undefined : comparedData(compared),
  };
  parts.views.show(title, data, async (sent) => {
    const link = sent.message === 'follow' ? traceLink(sent.href) : undefined;
    if (link === undefined) return;
    const { traces, rule, violation } = link;
    const found = all.find(({ id }) => id === rule)?.violations.find(({ id }) => id === violation);
    await showTrace(
      parts,
      rule === undefined || found === undefined
        ? { traces }
        : { traces: found.traces, violation: { uri, rule, found } },
    );
  });
}
