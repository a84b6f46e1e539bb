/** The first violations of a rule, with what is needed to understand and to find them. */
import type { RuleResult, Violation } from '../../../engine/replay/result.js';
import { clauseName } from '../../../engine/replay/result-json.js';
import { formatCount } from '../terminal/numbers.js';
import { displayWidth, printable } from '../terminal/printable.js';
import type { TextContext } from './rule-text.js';
import { sampleTime, spanText } from './times.js';
import { groupedSpans, spanName, valueText } from './values.js';

const GROUPS_SHOWN = 3;

export function sampleLines(found: RuleResult, context: TextContext): readonly string[] {
  const { rule, violated, violations } = found;
  const samples = violations.slice(0, context.samples);
  const lines = rule.clauses.length === 1 ? [`  broken: ${clauseText(found, 0)}`] : [];
  for (const violation of samples) lines.push(...sample(found, violation, context));
  const rest = violated - samples.length;
  if (rest > 0 && samples.length > 0) lines.push(context.style.dim(`    and ${formatCount(rest)} more`));
  return lines;
}

function sample(found: RuleResult, violation: Violation, context: TextContext): readonly string[] {
  const { style, glyphs, result } = context;
  const facts: (readonly [name: string, text: string])[] = [];
  if (found.rule.clauses.length > 1)
    facts.push([clauseName(found.rule, violation.clause), clauseText(found, violation.clause)]);
  for (const span of violation.evidence) {
    if (span.bound === undefined) continue;
    const name = `${spanName(span.name, span.service)}, ${spanText(span.duration)}`;
    facts.push([printable(span.bound), name]);
  }
  const matched = groupedSpans(
    violation.evidence.filter(({ bound }) => bound === undefined),
    glyphs.times,
  );
  if (matched.length > 0) {
    const more = matched.length > GROUPS_SHOWN ? `, and ${matched.length - GROUPS_SHOWN} more` : '';
    facts.push(['matched', matched.slice(0, GROUPS_SHOWN).join(', ') + more]);
  }
  for (const [name, value] of violation.values) facts.push([printable(name), valueText(name, value)]);
  const wide = Math.min(MOST_NAME, Math.max(0, ...facts.map(([name]) => displayWidth(name))));
  const time = sampleTime(violation.time, result.range);
  return [
    `    ${time}  trace ${style.cyan(violation.traceId)}`,
    ...facts.map(([name, text]) => `      ${pad(name, wide)}  ${text}`),
  ];
}

/** Longer names push their own value to the right, not those of all. */
const MOST_NAME = 32;

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

function clauseText({ rule }: RuleResult, clause: number): string {
  return printable(rule.clauses[clause]?.text ?? '');
}
