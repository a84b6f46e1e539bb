import type { PartName } from '../grammar/grammar.js';
import type { Terminal } from '../grammar/grammar-builder.js';
import * as t from '../grammar/grammar-terminals.js';
import { type Diagnostic, guesses, insertFix, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import type { Token } from '../text/tokens.js';
import type { Range } from '../tree/ast.js';
import { isMetricsWord, METRICS_FUNCTIONS, METRICS_STEPS } from '../words/metrics-words.js';
import { keywordsFor } from '../words/words.js';
import type { Repair, Stuck } from './recover-stuck.js';

/** Parts in which a metrics function can be. */
const METRICS_PARTS: ReadonlySet<PartName> = new Set(['query', 'over clause']);
const STAGES = [...METRICS_FUNCTIONS, ...keywordsFor('stage', 'count', 'aggregate')];

/** Mistakes in TraceQL metrics, and metrics where there can be none. */
export function metricsMistake(
  part: PartName,
  expected: readonly Terminal[],
  stuck: Stuck,
): Repair | undefined {
  const { token, before } = stuck;
  const previous = before.at(-1);
  const called = token.text === '(' && previous?.kind === 'name' ? previous : undefined;
  if (part === 'violations') return violationsMistake(stuck);
  if (called !== undefined) return callMistake(part, called, before.at(-2));
  if (!METRICS_PARTS.has(part)) return undefined;
  if (part === 'over clause' && token.kind === 'keyword' && ONE_TRACE.has(token.text)) {
    return { diagnostic: noSeries(token), feed: [], giveUp: true };
  }
  const isStep = expected.includes(t.word('topk'));
  if (isStep && previous?.text === '|') return pipeMistake(stuck, previous);
  if (!expected.includes(t.NUMBER_COMPARISON) || !expected.includes(t.op('|'))) return undefined;
  if (token.text === 'by' && before.some(({ text }) => text === 'compare')) {
    const message = '`compare()` lists every attribute by itself and takes no `by`';
    return { diagnostic: syntaxError('BT1001', token, message), feed: [], giveUp: true };
  }
  if (token.kind === 'op' && /^[-+*/%^]$/u.test(token.text)) return arithmeticMistake(stuck);
  return undefined;
}

/** Stages of spans behind `violations of rule`. Behind a metrics function all is as in a query. */
function violationsMistake({ token, before }: Stuck): Repair | undefined {
  const isFirst = before.length === BEFORE_FIRST_STAGE;
  if (!isFirst || token.kind === 'name' || token.text === 'by' || isMetricsWord(token.text)) return undefined;
  const message =
    'violations are no spans, so behind them come `by(…)`, `rate()` and `count_over_time()` only; what is a violation, and of which spans, the rule says';
  return { diagnostic: syntaxError('BT1001', token, message), feed: [], giveUp: true };
}

/** `violations of <rule> |` */
const BEFORE_FIRST_STAGE = 4;

/** Words of clauses about one trace that no metrics have. */
const ONE_TRACE: ReadonlySet<string> = new Set(
  keywordsFor('joint', 'prefix', 'narrowing', 'binding', 'relation', 'bound', 'sequence', 'clause aggregate'),
);

function noSeries(range: Range): Diagnostic {
  return syntaxError(
    'BT1025',
    range,
    'with `over` a rule is about many traces, so each clause compares series with a number: `{ … } | rate() by (…) < 10`',
  );
}

/** The diagnostic for a clause over many traces that ends before it compares series, by what could follow. */
export function unfinishedWindowClause(
  tokens: readonly Token[],
  expected: readonly Terminal[],
  range: Range,
): Diagnostic {
  if (expected.includes(t.NUMBER_COMPARISON)) {
    return syntaxError(
      'BT1024',
      range,
      'a clause compares its series with a number, as in `{ … } | rate() < 10`',
      guesses([insertFix('Compare with 0', range.end, ' > 0')]),
    );
  }
  if (!tokens.some(({ text }) => isMetricsWord(text))) return noSeries(range);
  return syntaxError(
    'BT1002',
    range,
    'a metrics function is missing, which makes series of these spans, as in `{ … } | rate()`',
    guesses([insertFix('Insert | rate()', range.end, ' | rate()')]),
  );
}

function callMistake(part: PartName, called: Token, pipe: Token | undefined): Repair | undefined {
  const isMetrics = isMetricsWord(called.text);
  if (isMetrics && !METRICS_PARTS.has(part)) {
    const message =
      part === 'let'
        ? `a \`let\` is a pattern of one trace, so it cannot end in \`${called.text}\`; write the function where the pattern is used`
        : `\`${called.text}\` is about many traces, which a rule looks at only with \`over\`, as in \`rule x { over 5m … }\`; \`count(…)\` counts within one trace`;
    return { diagnostic: syntaxError('BT1017', called, message), feed: [], giveUp: true };
  }
  if (pipe?.text !== '|') return undefined;
  if (METRICS_STEPS.some((step) => step === called.text)) {
    const message = `\`${called.text}\` chooses among series, so a metrics function such as \`rate()\` comes before it`;
    return { diagnostic: syntaxError('BT1001', called, message), feed: [], giveUp: true };
  }
  const meant = suggest(called.text, STAGES);
  const list = '`rate()`, `by(…)` or `count() > 2`';
  return {
    diagnostic: syntaxError(
      'BT1012',
      called,
      meant === undefined
        ? `there is no \`${called.text}(…)\`; \`|\` is followed by a pattern, or something such as ${list}`
        : `\`${called.text}\` is not known here: did you mean \`${meant}\`?`,
      meant === undefined ? [] : [replaceFix(`Write ${meant}`, called, meant)],
    ),
    feed: [],
    giveUp: true,
  };
}

/** What follows a function directly, written behind a `|` as a stage would be. */
function pipeMistake({ token, ahead }: Stuck, pipe: Token): Repair | undefined {
  const isThreshold = t.NUMBER_COMPARISON.test(token);
  if (!isThreshold && !(token.text === 'by' && ahead[0]?.text === '(')) return undefined;
  const message = isThreshold
    ? 'there is no `|` before a threshold: `… | rate() > 10`'
    : 'there is no `|` between a metrics function and its `by`: `… | rate() by (resource.service.name)`';
  const fixes = [replaceFix('Remove |', pipe, '')];
  return { diagnostic: syntaxError('BT1001', pipe, message, fixes), feed: [], giveUp: true };
}

function arithmeticMistake({ token, before }: Stuck): Repair {
  const first = before[0] as Token;
  const last = before.at(-1) as Token;
  if (token.text === '%' || token.text === '^') {
    const message = `between series stand \`+\`, \`-\`, \`*\` and \`/\`; there is no \`${token.text}\``;
    return { diagnostic: syntaxError('BT1001', token, message), feed: [], giveUp: true };
  }
  const message = `each query that \`${token.text}\` joins is in parentheses: \`({ … } | rate()) ${token.text} …\``;
  const edits = [
    { range: { start: first.start, end: first.start }, newText: '(' },
    { range: { start: last.end, end: last.end }, newText: ')' },
  ];
  const isWhole = !before.some(({ text }) => text === '(' && text === first.text);
  const fixes = isWhole ? [{ title: 'Put the query before it in parentheses', edits }] : [];
  return { diagnostic: syntaxError('BT1002', token, message, fixes), feed: [], giveUp: true };
}
