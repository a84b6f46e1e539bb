import type { Item, Range, RuleItem, TestItem } from '../../engine/language/tree/ast.js';
import { isRuleItem } from '../../engine/language/tree/rule-item.js';
import type { LastReplay } from '../catalogue/last-replay.js';
import type { KnownResults } from '../results/known-results.js';
import { ruleMeaning, testMeaning } from '../results/meaning.js';
import type { Analysis } from '../workspace/analysis.js';

/** A line above an item that says something of it and does something when it is clicked. */
export interface Lens {
  readonly range: Range;
  readonly title: string;
  /** Of the editor's extension; other editors show the title alone. */
  readonly command: 'betrace.replayRule' | 'betrace.runTests' | 'betrace.explainRule';
  /** A rule's id, or of a test its title. */
  readonly subject: string;
}

export interface LensContext {
  readonly analysis: Analysis;
  readonly path: string;
  readonly results: KnownResults;
  /** How far back the editor would replay, `24h`; undefined for everything that is stored. */
  readonly replayRange: string | undefined;
  /** Whether there is somebody to run tests. */
  readonly runsTests: boolean;
}

/** What was found is of a text that has changed since. */
const STALE = ' (edited since)';

/** Lenses of a file, from what is known, so that no lens ever waits. */
export function lensesOf(items: readonly Item[], context: LensContext): readonly Lens[] {
  const tests = context.runsTests ? items.filter((item) => item.kind === 'test') : [];
  return items.flatMap((item): readonly Lens[] => {
    if (item.kind === 'test') return context.runsTests ? [testLens(item, context)] : [];
    if (!isRuleItem(item)) return [];
    const { text: subject, range } = item.id;
    const own = tests.filter(({ rule }) => rule.text === subject);
    return [
      { range, title: replayTitle(item, context), command: 'betrace.replayRule', subject },
      ...(own.length === 0
        ? []
        : [{ range, title: testsTitle(own, context), command: 'betrace.runTests' as const, subject }]),
      { range, title: 'explain', command: 'betrace.explainRule', subject },
    ];
  });
}

function replayTitle(item: RuleItem, context: LensContext): string {
  const { analysis, path, results, replayRange } = context;
  const action = replayRange === undefined ? 'replay' : `replay ${replayRange}`;
  const known = results.replayOf(item.id.text);
  if (known === undefined) return action;
  const stale = known.meaning === ruleMeaning(analysis, path, item) ? '' : STALE;
  return `${action}: ${countsText(known.found)}${stale}`;
}

/** `12 violations since 2026-11-20 14:36`. */
function countsText({ violated, applicable, first, partial, change, ...counts }: LastReplay): string {
  const { vacuous = 0, vacuousClauses = [] } = counts;
  const found =
    applicable === 0
      ? 'never applied'
      : violated === 0
        ? `no violation in ${applicable} ${applicable === 1 ? 'case' : 'cases'}${vacuous > 0 ? ', all that passed vacuous' : vacuousClauses.length > 0 ? ', in part vacuous' : ''}`
        : `${violated} ${violated === 1 ? 'violation' : 'violations'}${first === null ? '' : ` since ${minuteText(first)}`}`;
  return `${found}${change === undefined ? '' : ` (${change})`}${partial ? ', partial' : ''}`;
}

/** `2026-11-20 14:36` of RFC 3339. */
export function minuteText(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function testsTitle(tests: readonly TestItem[], context: LensContext): string {
  const states = tests.map((test) => testState(test, context));
  const run = tests.length === 1 ? 'run 1 test' : `run ${tests.length} tests`;
  if (states.every((state) => state === undefined)) return run;
  const failed = states.filter((state) => state?.passed === false).length;
  const passed = states.filter((state) => state?.passed === true).length;
  const stale = states.some((state) => state?.stale === true) ? STALE : '';
  const counts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(passed > 0 ? [`${passed} passed`] : []),
    ...(failed + passed < tests.length ? [`${tests.length - failed - passed} not run`] : []),
  ];
  return `run tests: ${counts.join(', ')}${stale}`;
}

function testLens(item: TestItem, context: LensContext): Lens {
  const state = testState(item, context);
  const outcome =
    state === undefined ? '' : `: ${state.passed ? 'passed' : 'failed'}${state.stale ? STALE : ''}`;
  return {
    range: item.title.range,
    title: `run test${outcome}`,
    command: 'betrace.runTests',
    subject: item.title.value,
  };
}

function testState(
  item: TestItem,
  { analysis, results }: LensContext,
): { readonly passed: boolean; readonly stale: boolean } | undefined {
  const known = results.testOf(item.rule.text, item.title.value);
  return known === undefined
    ? undefined
    : { passed: known.found, stale: known.meaning !== testMeaning(analysis, item) };
}
