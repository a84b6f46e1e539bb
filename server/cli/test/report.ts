/** The results of tests as text, as JSON, and as annotations of GitHub Actions. */

import { annotationLine } from '../../rules/annotation.js';
import { displayPath } from '../../rules/read-rules.js';
import { type Glyphs, glyphsFor } from '../../shared/glyphs.js';
import { formatDuration, plural } from '../../shared/numbers.js';
import { printable, truncate } from '../../shared/printable.js';
import type { Style, Terminal } from '../../shared/terminal.js';
import { comparedTexts, groupedSpans, spanName } from '../replay/values.js';
import type { LocatedResult, TestOutcome } from './outcome.js';
import { waterfall } from './timeline.js';

const VIOLATIONS_SHOWN = 3;

type Look = Pick<Terminal, 'width' | 'outStyle' | 'unicode'>;

export function testText(outcome: TestOutcome, { width, outStyle: style, unicode }: Look): string {
  const glyphs = glyphsFor(unicode);
  const { results, passed, failed, untested, elapsedMs } = outcome;
  const lines: string[] = [];
  for (const [path, ofFile] of byFile(results)) {
    lines.push(style.bold(printable(path)));
    for (const result of ofFile) {
      const mark = result.passed ? style.green(glyphs.passed) : style.red(glyphs.violated);
      const { rule, title } = result.test.item;
      lines.push(`  ${mark} ${printable(rule.text)}: ${printable(title.value)}`);
      // A pass of which nothing else could have come is listed, as it may be meant, and may be a misspelt attribute.
      if (result.passed && result.expected === 'pass' && result.actual !== 'pass')
        lines.push(truncateStyled(style.dim(`      ${printable(result.actual)}`), width));
      if (!result.passed)
        lines.push(...failure(result, style, glyphs).map((line) => truncateStyled(line, width)), '');
    }
  }
  for (const id of untested)
    lines.push(style.yellow(`  ${glyphs.unsure} ${printable(id)}: no test is about this rule`));
  const counts = [
    `${plural(results.length, 'test')}: ${style.green(`${passed} passed`)}`,
    ...(failed > 0 ? [style.red(`${failed} failed`)] : []),
    ...(untested.length > 0 ? [style.yellow(`${plural(untested.length, 'rule')} without a test`)] : []),
  ];
  return `${lines.join('\n')}\n\n${counts.join(', ')} (${formatDuration(elapsedMs)})\n`;
}

function byFile(results: readonly LocatedResult[]): ReadonlyMap<string, readonly LocatedResult[]> {
  const files = new Map<string, LocatedResult[]>();
  for (const result of results) files.set(result.path, [...(files.get(result.path) ?? []), result]);
  return files;
}

/** What was expected and what came, and everything that explains the difference. */
function failure(result: LocatedResult, style: Style, glyphs: Glyphs): readonly string[] {
  const lines = [style.dim(`      ${printable(result.path)}:${result.line}`)];
  if (result.problem !== undefined)
    return [...lines, `      ${style.red(`could not run: ${printable(result.problem)}`)}`];
  lines.push(
    `      expected  ${style.green(printable(result.expected))}`,
    `      got       ${style.red(printable(result.actual))}`,
  );
  for (const { clause, found } of result.violations.slice(0, VIOLATIONS_SHOWN)) {
    lines.push(`      broken    ${printable(clause)}`);
    for (const { bound, name, service } of found.evidence)
      if (bound !== undefined) lines.push(`                ${printable(bound)}: ${spanName(name, service)}`);
    const spans = groupedSpans(found.evidence, glyphs.times);
    if (spans.length > 0) lines.push(`                spans: ${spans.join(', ')}`);
    lines.push(...comparedTexts(found).map((text) => `                ${text}`));
  }
  const rest = result.violations.length - VIOLATIONS_SHOWN;
  if (rest > 0) lines.push(`      and ${plural(rest, 'more violation')}`);
  const drawn = waterfall(result.test.item, glyphs);
  return drawn.length === 0 ? lines : [...lines, '', ...drawn.map((line) => `      ${line}`)];
}

/** Lines with colours are short. */
function truncateStyled(line: string, width: number): string {
  return line.includes('\u001b') ? line : truncate(line, width);
}

export function testJson({ results, passed, failed, untested, clauses }: TestOutcome): unknown {
  return {
    tests: results.length,
    passed,
    failed,
    untested,
    clauses,
    results: results.map(({ path, line, test, passed, expected, actual, violations, problem }) => ({
      path,
      line,
      title: test.item.title.value,
      rule: test.item.rule.text,
      passed,
      expected,
      actual,
      problem: problem ?? null,
      violations: violations.map(({ clause, found }) => ({
        clause,
        spans: found.evidence.map(({ bound = null, spanId, name, service = null, values }) => ({
          bound,
          spanId,
          name,
          service,
          values: Object.fromEntries(values),
        })),
        values: Object.fromEntries(found.values),
      })),
      waterfall: waterfall(test.item, glyphsFor(true)),
    })),
  };
}

/** One for each test that failed, where it is written; `root` is the repository's folder. */
export function testAnnotations({ results }: TestOutcome, root: string): string {
  return results
    .filter(({ passed }) => !passed)
    .map(({ test, line, problem, expected, actual, violations }) =>
      annotationLine({
        level: 'error',
        path: displayPath(test.path, root),
        start: { line },
        title: `${test.item.rule.text}: ${test.item.title.value}`,
        message:
          problem === undefined
            ? [
                `expected ${expected}, got ${actual}`,
                ...violations.map(({ clause }) => `broken: ${clause}`),
              ].join('\n')
            : `could not run: ${problem}`,
      }),
    )
    .join('');
}
