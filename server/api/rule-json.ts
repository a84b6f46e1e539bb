/** Rules as the API gives them. */
import { printItem } from '../../engine/language/print.js';
import type { RuleSettings } from '../../engine/language/settings.js';
import type { ResolvedRule, Workspace } from '../../engine/language/workspace.js';
import { decidableText } from '../cli/explain/decidable.js';
import { LineIndex } from '../cli/position.js';
import { displayPath } from '../cli/rules.js';
import type { LastReplay } from '../replays/last-replays.js';
import { planOf } from '../rules/rule-plan.js';
import { moment } from './times.js';

export interface RulePlace {
  /** Undefined for a text that was sent. */
  readonly path?: string;
  readonly stale: boolean;
  readonly workspace: Workspace;
}

export function ruleJson(
  rule: ResolvedRule,
  { path, stale, workspace }: RulePlace,
  last: LastReplay | undefined,
): unknown {
  const plan = planOf(rule);
  const text = workspace.files.get(rule.path)?.text ?? '';
  return {
    id: plan.id,
    revision: plan.revision,
    settings: settingsJson(rule.settings),
    class: {
      kind: plan.decidable.kind,
      afterNs: plan.decidable.kind === 'deadline' ? Number(plan.decidable.after) : null,
      why: decidableText(plan),
    },
    text: printItem(rule.item),
    path: path === undefined ? null : displayPath(path),
    line: new LineIndex(text).positionOf(rule.item.range.start).line,
    stale,
    lastReplay: last === undefined ? null : lastReplayJson(last),
  };
}

function settingsJson(settings: RuleSettings): unknown {
  const { severity, summary, description, owner, runbook, tags, evidence, enabled, required } = settings;
  return {
    severity,
    summary: summary ?? null,
    description: description ?? null,
    owner: owner ?? null,
    runbook: runbook ?? null,
    tags,
    controls: evidence,
    enabled,
    required,
    skewNs: Number(settings.skewNs),
    closesAfterNs: settings.closesAfterNs === undefined ? null : Number(settings.closesAfterNs),
    onPartial: settings.onPartial,
  };
}

function lastReplayJson(last: LastReplay): unknown {
  const { replay, ended, applicable, passed, violated, cannotTell, partial } = last;
  return { replay, ended: moment(ended), applicable, passed, violated, cannotTell, partial };
}
