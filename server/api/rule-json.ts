/** Rules as the API gives them. */
import { printItem } from '../../engine/language/print.js';
import type { RuleSettings } from '../../engine/language/settings.js';
import type { Workspace } from '../../engine/language/workspace.js';
import { timeText } from '../../engine/replay/time-json.js';
import { decidableText } from '../cli/explain/decidable.js';
import { LineIndex } from '../cli/position.js';
import { displayPath } from '../cli/rules.js';
import type { LiveRule } from '../live/live-rule.js';
import type { LastReplay } from '../replays/last-replays.js';
import { type AnyRule, type AnyRulePlan, planOf } from '../rules/rule-plan.js';
import { moment } from './times.js';

export interface RulePlace {
  /** Undefined for a text that was sent. */
  readonly path?: string;
  readonly stale: boolean;
  readonly workspace: Workspace;
}

export function ruleJson(
  rule: AnyRule,
  { path, stale, workspace }: RulePlace,
  last: LastReplay | undefined,
  live: LiveRule | undefined,
): unknown {
  const planned = planOf(rule);
  const { plan } = planned;
  const text = workspace.files.get(rule.path)?.text ?? '';
  return {
    id: plan.id,
    revision: plan.revision,
    settings: settingsJson(rule.settings),
    class: classJson(planned),
    text: printItem(rule.item),
    path: path === undefined ? null : displayPath(path),
    line: new LineIndex(text).positionOf(rule.item.range.start).line,
    stale,
    lastReplay: last === undefined ? null : lastReplayJson(last),
    live: live === undefined ? null : { ...live, stopped: live.stopped ?? null },
  };
}

function classJson(planned: AnyRulePlan): unknown {
  if (planned.kind === 'over')
    return {
      kind: 'window',
      afterNs: Number(planned.plan.window),
      why: 'for each window of time, over all traces',
    };
  const { decidable } = planned.plan;
  return {
    kind: decidable.kind,
    afterNs: decidable.kind === 'deadline' ? Number(decidable.after) : null,
    why: decidableText(planned.plan),
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
  const { replay, ended, range, applicable, passed, violated, cannotTell, first, partial } = last;
  return {
    replay,
    ended: moment(ended),
    from: timeOrNull(range.fromNs),
    to: timeOrNull(range.toNs),
    applicable,
    passed,
    violated,
    cannotTell,
    first: timeOrNull(first),
    partial,
  };
}

function timeOrNull(ns: bigint | undefined): string | null {
  return ns === undefined ? null : timeText(ns);
}
