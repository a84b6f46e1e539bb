/** JUnit XML as CI servers read it: a suite for each file, a case for each test. */

import { glyphsFor } from '../../shared/glyphs.js';
import { printable } from '../../shared/printable.js';
import type { LocatedResult, TestOutcome } from './outcome.js';
import { waterfall } from './timeline.js';

export function junitReport({ results, elapsedMs }: TestOutcome): string {
  const files = new Map<string, LocatedResult[]>();
  for (const result of results) files.set(result.path, [...(files.get(result.path) ?? []), result]);
  const totals = attributes({ name: 'betrace', ...countsOf(results), time: seconds(elapsedMs) });
  const suites = [...files].map(
    ([path, ofFile]) =>
      `  <testsuite ${attributes({ name: path, ...countsOf(ofFile) })}>\n${ofFile.map(testCase).join('')}  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${totals}>\n${suites.join('')}</testsuites>\n`;
}

function countsOf(results: readonly LocatedResult[]): Readonly<Record<string, string>> {
  const errors = results.filter(({ problem }) => problem !== undefined).length;
  const failures = results.filter(({ passed }) => !passed).length - errors;
  return { tests: String(results.length), failures: String(failures), errors: String(errors) };
}

function testCase(result: LocatedResult): string {
  const { test, path, line, passed, problem, expected, actual } = result;
  const head = attributes({
    classname: test.item.rule.text,
    name: test.item.title.value,
    file: path,
    line: String(line),
  });
  if (passed && (expected !== 'pass' || actual === 'pass')) return `    <testcase ${head}/>\n`;
  if (passed)
    return `    <testcase ${head}>\n      <system-out>${escapeXml(printable(actual))}</system-out>\n    </testcase>\n`;
  const kind = problem === undefined ? 'failure' : 'error';
  const message = problem ?? `expected ${expected}, got ${actual}`;
  const broken = result.violations.map(({ clause }) => `broken: ${printable(clause)}`);
  const body = [printable(message), ...new Set(broken), ...waterfall(test.item, glyphsFor(false))].join('\n');
  return `    <testcase ${head}>\n      <${kind} ${attributes({ message })}>${escapeXml(body)}</${kind}>\n    </testcase>\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(printable(value))}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** For text without control characters, which XML cannot hold even escaped. U+FFFE and U+FFFF are as bad. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(/[\ufffe\uffff]/g, '\ufffd');
}
