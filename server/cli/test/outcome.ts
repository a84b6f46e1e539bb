/** What a run of tests came to, for every format. */
import type { ResolvedTest } from '../../../engine/language/link/resolved.js';
import type { TestResult } from '../../../engine/testing/run-tests.js';
import { LineIndex } from '../../rules/position.js';
import { displayPath, type LoadedRules } from '../../rules/read-rules.js';
import { type CoveredClause, clauseCoverage } from './coverage.js';

export interface TestOutcome {
  /** In the order of files and texts. */
  readonly results: readonly LocatedResult[];
  readonly passed: number;
  readonly failed: number;
  /** Rules of the named files that no test is about; empty when tests were filtered. */
  readonly untested: readonly string[];
  /** Of the named files' rules; empty when tests were filtered. */
  readonly clauses: readonly CoveredClause[];
  readonly elapsedMs: number;
}

export interface LocatedResult extends TestResult {
  /** As the reader would write it. */
  readonly path: string;
  readonly line: number;
}

export function testOutcome(
  { workspace, rules, tests }: LoadedRules,
  results: readonly TestResult[],
  filtered: boolean,
  elapsedMs: number,
): TestOutcome {
  const lines = new Map<string, LineIndex>();
  const lineOf = ({ path, item }: ResolvedTest): number => {
    const index = lines.get(path) ?? new LineIndex(workspace.files.get(path)?.text ?? '');
    lines.set(path, index);
    return index.positionOf(item.range.start).line;
  };
  const tested = new Set(tests.map(({ item }) => item.rule.text));
  const passed = results.filter((result) => result.passed).length;
  return {
    results: results.map((result) => ({
      ...result,
      path: displayPath(result.test.path),
      line: lineOf(result.test),
    })),
    passed,
    failed: results.length - passed,
    untested: filtered ? [] : rules.map(({ item }) => item.id.text).filter((id) => !tested.has(id)),
    clauses: filtered ? [] : clauseCoverage(rules, results),
    elapsedMs,
  };
}
