/** The first violations of a rule, with what is needed to understand and to find them. */

import { clauseNameAt } from '../../../engine/language/words/clause-name.js';
import type { JudgedCaseRule } from '../../../engine/verdicts/judged-rule.js';
import type { TraceViolation } from '../../../engine/verdicts/violation.js';
import { formatCount } from '../../shared/numbers.js';
import { displayWidth, printable, truncate } from '../../shared/printable.js';
import { sampleTime, spanText } from '../../shared/times.js';
import type { TextContext } from './text-context.js';
import { comparedTexts, elsewhere, groupedSpans, spanName } from './values.js';

const GROUPS_SHOWN = 3;

export function sampleLines(found: JudgedCaseRule, context: TextContext): readonly string[] {
  const { style, width, samples } = context;
  const shown = found.violations.slice(0, samples);
  const lines = shown.flatMap((violation) => sample(found, violation, context));
  const rest = found.violated - shown.length;
  if (rest > 0 && shown.length > 0) lines.push(style.dim(`  and ${formatCount(rest)} more`));
  return lines.map((line) =>
    displayWidth(line) > width && !line.includes('\u001b') ? truncate(line, width) : line,
  );
}

function sample(found: JudgedCaseRule, violation: TraceViolation, context: TextContext): readonly string[] {
  const { style, glyphs, result } = context;
  const { rule } = found;
  const { clause, evidence, time, traceId } = violation;
  const facts: string[] = [];
  if (rule.clauses.length > 1)
    facts.push(`${clauseNameAt(rule, clause)}: ${printable(rule.clauses[clause]?.text ?? '')}`);
  for (const span of evidence)
    if (span.bound !== undefined) {
      const { bound, name, service, duration } = span;
      facts.push(
        `${printable(bound)}: ${spanName(name, service)}, ${spanText(duration)}${elsewhere([span], traceId)}`,
      );
    }
  const matched = groupedSpans(evidence, glyphs.times, traceId);
  const more = matched.length > GROUPS_SHOWN ? `, and ${matched.length - GROUPS_SHOWN} more` : '';
  if (matched.length > 0) facts.push(`spans: ${matched.slice(0, GROUPS_SHOWN).join(', ')}${more}`);
  facts.push(...comparedTexts(violation));
  return [
    `  ${sampleTime(time, result.range)}  trace ${style.cyan(traceId)}`,
    ...facts.map((fact) => `    ${fact}`),
  ];
}
