/** Rules as the API gives them. */

import type {
  LastReplayJson,
  LiveRuleJson,
  RuleInForceJson,
  SettingsJson,
} from '../../engine/answers/rule.js';
import type { ResolvedRule, Workspace } from '../../engine/language/link/resolved.js';
import { printItem } from '../../engine/language/print/print.js';
import type { RuleSettings } from '../../engine/language/words/settings.js';
import { classOf } from '../explain/rule-class.js';
import type { LastReplay } from '../replays/last-replays.js';
import { LineIndex } from '../rules/position.js';
import { displayPath } from '../rules/read-rules.js';
import { planOf } from '../rules/rule-plan.js';
import { moment, timeOrNull } from './times.js';

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
  live: LiveRuleJson | undefined,
): RuleInForceJson {
  const { plan } = planOf(rule);
  const text = workspace.files.get(rule.path)?.text ?? '';
  return {
    id: plan.id,
    revision: plan.revision,
    settings: settingsJson(rule.settings),
    class: classJson(rule),
    text: printItem(rule.item),
    path: path === undefined ? null : displayPath(path),
    line: new LineIndex(text).positionOf(rule.item.range.start).line,
    stale,
    lastReplay: last === undefined ? null : lastReplayJson(last),
    live: live ?? null,
  };
}

function classJson(rule: ResolvedRule): RuleInForceJson['class'] {
  const { kind, afterNs, why } = classOf(rule);
  return { kind, afterNs: afterNs ?? null, why };
}

function settingsJson(settings: RuleSettings): SettingsJson {
  const { severity, summary, description, owner, runbook, tags, evidence, enabled, required, idle } =
    settings;
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
    idle,
    skewNs: Number(settings.skewNs),
    closesAfterNs: settings.closesAfterNs === undefined ? null : Number(settings.closesAfterNs),
    onPartial: settings.onPartial,
  };
}

function lastReplayJson(last: LastReplay): LastReplayJson {
  const {
    replay,
    ended,
    range,
    applicable,
    passed,
    vacuous,
    violated,
    cannotTell,
    cannotTellWhy,
    unmatched,
    vacuousClauses,
    first,
    partial,
  } = last;
  return {
    replay,
    ended: moment(ended),
    from: timeOrNull(range.fromNs),
    to: timeOrNull(range.toNs),
    applicable,
    passed,
    vacuous,
    violated,
    cannotTell,
    cannotTellWhy,
    unmatched,
    vacuousClauses,
    first: timeOrNull(first),
    partial,
  };
}
