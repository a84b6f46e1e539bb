/** What the JSON of a replay says of a rule of any kind. */
import type { JudgedJson } from '../answers/judged-rule.js';
import type { JudgedRule } from '../verdicts/judged-rule.js';
import { historyOf, type JudgedRun } from '../verdicts/rule-histories.js';
import { clausesJson } from './clause-json.js';
import { differencesJson } from './differences-json.js';
import { ruleProblemJson } from './rule-problem-json.js';
import { sinceJson } from './since-json.js';
import { histogramJson, timeOrNull } from './time-json.js';

export function judgedJson(found: JudgedRule, run: JudgedRun): JudgedJson {
  const { rule, applicable, passed, vacuous, violated, clauses, first, last, buckets, violations } = found;
  const { severity, summary, owner, evidence } = rule.settings;
  return {
    id: rule.id,
    revision: rule.revision,
    severity,
    summary: summary ?? null,
    owner: owner ?? null,
    controls: evidence,
    applicable,
    passed,
    vacuous,
    violated,
    clauses: clausesJson(rule, clauses),
    first: timeOrNull(first),
    last: timeOrNull(last),
    since: sinceJson(historyOf(found, run)),
    differences: differencesJson(found.differences),
    histogram: buckets.map(histogramJson),
    violationsLeftOut: violated - violations.length,
    problem: ruleProblemJson(found.problem),
  };
}
