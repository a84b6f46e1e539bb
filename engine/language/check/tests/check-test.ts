import { replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import { bindingsOf } from '../../scope/scope.js';
import type {
  Expectation,
  RuleItem,
  TestEntry,
  TestItem,
  TestLink,
  TestSpan,
  TimeLiteral,
} from '../../tree/ast.js';
import { MAX_INT } from '../../tree/literals.js';
import { type ItemContext, rangeIn } from '../context.js';
import { titleKey } from '../world.js';
import { checkAttributes, checkId } from './test-values.js';

/** Checks one test: its rule, the trace it describes and what it expects. */
export function checkTest(test: TestItem, context: ItemContext): void {
  const { report, broken } = context;
  checkTitle(test, context);
  const rule = ruleOf(test, context);
  if (broken(test.range)) return;
  const [first] = [...test.spans, ...test.traces];
  if (test.from && first) {
    report('BT2407', first.range, 'The spans of this test come from its file; remove `from` or the spans.');
  } else if (!test.from && !first) {
    report(
      'BT2411',
      test.title.range,
      'This test has no span; add one, such as `service "name" 0ms..10ms { }`.',
    );
  }
  if (test.at !== undefined) checkStart(test, test.at, report);
  const names = checkTraces(test, report);
  for (const span of [...test.spans, ...test.traces.flatMap(({ spans }) => spans)])
    checkSpan(span, names, report);
  if (test.until !== undefined && rule !== undefined && !isAcross(rule))
    report('BT2712', test.until.range, '`until` has an effect in tests of rules across traces only.');
  if (
    test.expect.verdict === 'undecided' &&
    rule !== undefined &&
    (test.until === undefined || !isAcross(rule))
  )
    report('BT2409', test.expect.range, undecidedText(rule));
  if (rule) checkExpectation(test.expect, rule, report);
}

/** The rule that the test is of, unless its text could not be read. */
function ruleOf(test: TestItem, { world, path, report, suggest }: ItemContext): RuleItem | undefined {
  const { text, range } = test.rule;
  const [place] = world.rulesOf(text);
  if (place) return place.path === path && place.isBroken ? undefined : place.item;
  if (text === '') return undefined;
  const near = suggest(text, world.ruleIds);
  const hint = near === undefined ? '.' : `; did you mean \`${near}\`?`;
  report(
    'BT2401',
    range,
    `There is no rule \`${text}\`${hint}`,
    near === undefined ? {} : { fixes: [replaceFix(`Change to \`${near}\``, range, near)] },
  );
  return undefined;
}

function checkTitle(test: TestItem, { world, path, report }: ItemContext): void {
  const first = world.testOf(titleKey(test));
  if (!first || first.item === test) return;
  const elsewhere = first.path === path ? {} : { path: first.path };
  report(
    'BT2406',
    test.title.range,
    `\`${test.rule.text}\` has a test of this title already${first.path === path ? '' : ` in ${first.path}`}.`,
    { related: [{ message: 'The first one', ...elsewhere, range: rangeIn(first, first.item.title.range) }] },
  );
}

function checkStart(test: TestItem, begin: TimeLiteral, report: Report): void {
  if (test.from) report('BT2412', begin.range, 'The spans of the file have times of their own; remove `at`.');
  const ends = [
    ...test.spans.map(({ end }) => end.value),
    ...test.traces.flatMap(({ start, spans }) => spans.map(({ end }) => (start?.value ?? 0n) + end.value)),
  ];
  if (ends.some((end) => begin.value + end > MAX_INT))
    report('BT2412', begin.range, 'Times end in the year 2262, and so does this test.');
}

/** The names that links of the test may have. */
function checkTraces({ traces }: TestItem, report: Report): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, spans, range } of traces) {
    if (names.has(name.value))
      report('BT2711', name.range, `There is a trace ${name.raw} in this test already.`);
    names.add(name.value);
    if (spans.length === 0) report('BT2411', range, 'This trace has no span.');
  }
  return names;
}

function isAcross({ settings }: RuleItem): boolean {
  return settings.some(({ name }) => name.text === 'across');
}

function undecidedText(rule: RuleItem): string {
  return isAcross(rule)
    ? 'Without `until` everything is there that a case can see, so none is undecided; write `until 5m` before `expect`.'
    : `\`${rule.id.text}\` is not across traces, so none of its cases is undecided.`;
}

function checkSpan(span: TestSpan, names: ReadonlySet<string>, report: Report): void {
  const range = { start: span.start.range.start, end: span.end.range.end };
  if (span.end.value < span.start.value) {
    report('BT2402', range, 'This span ends before it starts.', {
      fixes: [replaceFix('Swap the times', range, `${span.end.raw}..${span.start.raw}`)],
    });
  }
  checkAttributes(
    span.entries.filter((entry) => entry.kind === 'attribute'),
    'span',
    report,
  );
  for (const entry of span.entries) checkEntry(entry, names, report);
}

function checkEntry(entry: TestEntry, names: ReadonlySet<string>, report: Report): void {
  switch (entry.kind) {
    case 'span':
      checkSpan(entry, names, report);
      return;
    case 'event':
      checkAttributes(entry.attributes, 'event', report);
      return;
    case 'link':
      checkLink(entry, names, report);
      checkAttributes(entry.attributes, 'link', report);
      return;
    case 'attribute':
  }
}

function checkLink({ traceId, spanId }: TestLink, names: ReadonlySet<string>, report: Report): void {
  if (spanId !== undefined) {
    checkId(traceId, 32, report);
    checkId(spanId, 16, report);
  } else if (!names.has(traceId.value)) {
    const known = [...names].map((name) => JSON.stringify(name)).join(', ');
    report(
      'BT2711',
      traceId.range,
      `There is no trace ${traceId.raw} in this test${known === '' ? '' : `; there are ${known}`}. A link to any other has two ids.`,
    );
  }
}

function checkExpectation(expect: Expectation, rule: RuleItem, report: Report): void {
  const { clause } = expect;
  if (clause) {
    const count = rule.clauses.filter(({ kind }) => kind === clause.keyword).length;
    if (clause.index < 1 || clause.index > count) {
      const has =
        count === 0 ? `no \`${clause.keyword}\`` : `${clause.keyword}#1 to ${clause.keyword}#${count}`;
      report(
        'BT2403',
        expect.range,
        `\`${rule.id.text}\` has ${count === 1 ? `${clause.keyword}#1 only` : has}.`,
      );
    }
  }
  const why = impossible(expect, rule);
  if (why !== undefined) report('BT2409', expect.range, why);
}

function impossible({ verdict, count }: Expectation, rule: RuleItem): string | undefined {
  switch (verdict) {
    case 'not applicable':
      // Over many traces there may be no series to compare.
      if (rule.kind === 'over rule' || isAcross(rule)) return undefined;
      return rule.clauses.some(({ kind }) => kind === 'when')
        ? undefined
        : `\`${rule.id.text}\` has no \`when\`, so it always applies.`;
    case 'violation':
      if (count === 0) return 'No violation is `expect pass`.';
      return rule.kind === 'rule' &&
        !isAcross(rule) &&
        count !== undefined &&
        count > 1 &&
        bindingsOf(rule).length === 0
        ? `\`${rule.id.text}\` binds no span with \`as\`, so it is checked once for a trace and violated at most once.`
        : undefined;
    case 'pass':
    case 'cannot tell':
    case 'undecided':
    case 'vacuous':
      return undefined;
  }
}
