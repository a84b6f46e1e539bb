/**
 * Invariants that nobody has written down: what nearly always holds between spans of stored traces, as rules. Traces are read three times:
 * to find out which kinds of spans there are and what holds between them, to judge the rules that say so, and for traces that show it.
 */
import { allColumns } from '../blocks/cache/column-sets.js';
import { formatText } from '../language/format/format.js';
import type { ResolvedRule } from '../language/link/resolved.js';
import { loadWorkspace } from '../language/link/workspace.js';
import { durationText, quoteString } from '../language/tree/literals.js';
import { inList } from '../language/words/rule-kinds.js';
import { columnNeeds } from '../plan/needs.js';
import { type AttributeKey, NESTED_COLUMNS } from '../plan/schema.js';
import type { ReplayResult } from '../replay/result.js';
import { replayBlocks } from '../replay/shares/replay-blocks.js';
import { type AllTraces, byOne, overTraces, type Traces } from '../spans/traces.js';
import { type ExampleSpan, exampleSpans } from '../sql/discover/example-spans.js';
import { openStore } from '../sql/open-store.js';
import { runTests } from '../testing/run-tests.js';
import type { JudgedCaseRule } from '../verdicts/judged-rule.js';
import { gainOfTwo, type Share } from './across-bounds.js';
import { chosenOf, withIds } from './choose.js';
import { mine } from './mine.js';
import type { Across, Proposal } from './proposal.js';
import { flowKeyText } from './shapes.js';
import { MOST_TEST_SPANS, testText } from './test-text.js';

/** Of several databases the first looks for rules, which all of them judge. */
export type DiscoverOptions = AllTraces & {
  /** Rules that are proposed at most. */
  readonly limit: number;
  /** Only what spans of this service are part of. */
  readonly service?: string;
  /** Only what is violated more often from then on than before. Nanoseconds since the Unix epoch. */
  readonly sinceNs?: bigint;
  readonly ruleLimitMs?: number;
};

export interface Discovery {
  /** Those with few exceptions first, then those with more, then those with none, then those to look at. */
  readonly found: readonly DiscoveredRule[];
  /** How many more there are. */
  readonly leftOut: number;
  readonly result: Pick<
    ReplayResult,
    'tenant' | 'range' | 'blocks' | 'traces' | 'spans' | 'bucketNs' | 'rules'
  >;
}

export interface DiscoveredRule {
  readonly proposal: Proposal;
  readonly id: string;
  /** The rule, with its tests where a stored trace makes one; ready for a file, laid out as `betrace fmt` does it. */
  readonly text: string;
  readonly judged: JudgedCaseRule;
}

const FILE = 'discovered.betrace';
/** Violations whose traces are compared, so that one exception is reported once. */
const MOST_COMPARED = 1000;

export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { limit, sinceNs, service } = options;
  const traces = byOne(options);
  const mined = await mine({ ...traces, ...(service === undefined ? {} : { service }) });
  const { proposals, leftOut } = chosenOf(mined, 2 * limit);
  const named = withIds(proposals);
  const texts = new Map(named.map((proposed) => [proposed.id, ruleText(proposed)]));
  const rules = resolved([...texts.values()].join('\n'));
  const result = await replayBlocks({
    ...options,
    rules,
    limit: MOST_COMPARED,
  });
  const cases = inList(result.rules, 'rules');
  const byId = new Map(cases.map((judged) => [judged.rule.id, judged]));
  const kept: Shown[] = [];
  for (const { id, proposal } of named) {
    const found = byId.get(id);
    if (found === undefined || found.problem !== undefined || found.applicable === 0) continue;
    if (found.violated === 0 ? sinceNs !== undefined : !isNews(found, sinceNs)) continue;
    if (found.violated === 0 || !kept.some((other) => saysAll(other, { id, proposal, judged: found })))
      kept.push({ id, proposal, judged: found });
  }
  const shown = kept.slice(0, limit);
  const found = await withTests(traces, shown, texts);
  return { found, leftOut: leftOut + kept.length - shown.length, result };
}

function ruleText({
  id,
  proposal: { across, body, summary },
}: {
  readonly id: string;
  readonly proposal: Proposal;
}): string {
  return [
    `rule ${id} {`,
    `  summary = ${quoteString(summary)}`,
    ...(across === undefined ? [] : [`  across ${acrossText(across)}`]),
    '',
    ...body.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');
}

function acrossText({ key, withinNs }: Across): string {
  return `${key === 'links' ? key : flowKeyText(key)} within ${durationText(withinNs)}`;
}

/** Those of the text that are sound; a name that the language cannot say costs its rule and no other. */
function resolved(text: string): readonly ResolvedRule[] {
  return loadWorkspace(new Map([[FILE, text]])).rules;
}

/**
 * Of two that are violated by the same traces, or the same values of a key, one says it all; of two that demand the same, or the order of the
 * same spans, the one that more violate.
 */
function saysAll(shown: Shown, other: Shown): boolean {
  const isLike = shown.proposal.body[1] === other.proposal.body[1] || isEcho(shown.proposal, other.proposal);
  return [tracesOf, keysOf].some((things) => {
    const [all, some] = [things(shown), things(other)];
    if (some.size === 0 || [...some].some((thing) => !all.has(thing))) return false;
    return all.size === some.size || isLike;
  });
}

function tracesOf({ judged: { violations } }: Shown): ReadonlySet<string> {
  return new Set(violations.map(({ traceId }) => traceId));
}

/** Of rules across traces: each with its name, as the same text may be a value of two keys. */
function keysOf({ judged: { violations } }: Shown): ReadonlySet<string> {
  return new Set(violations.flatMap(({ key }) => (key === undefined ? [] : JSON.stringify([...key]))));
}

/** What is out of order shows in the order of everything that goes with it. */
function isEcho(shown: Proposal, other: Proposal): boolean {
  return other.kind === 'order' && (shown.between ?? []).some((shape) => other.between?.includes(shape));
}

/** Whether violations are more frequent from then on, for certain and twice as frequent at least; or there were none before. */
function isNews({ buckets }: JudgedCaseRule, sinceNs: bigint | undefined): boolean {
  if (sinceNs === undefined) return true;
  const [before, after] = [false, true].map((late) => {
    const some = buckets.filter(({ start }) => start >= sinceNs === late);
    const cases = some.reduce((sum, { passed, violated }) => sum + passed + violated, 0);
    return { size: cases, differ: some.reduce((sum, { violated }) => sum + violated, 0) };
  }) as [Share, Share];
  if (before.differ === 0) return after.differ > 0;
  return (
    after.differ * before.size > 2 * before.differ * after.size &&
    gainOfTwo(before, after) >= LEAST_GAIN_OF_NEWS
  );
}

/** Logarithm of how much likelier two shares have to be than one: by chance that is so one time in a hundred. */
const LEAST_GAIN_OF_NEWS = 3.32;

interface Shown {
  readonly id: string;
  readonly proposal: Proposal;
  readonly judged: JudgedCaseRule;
}

/** Each with a test made of a trace that violates it and of one that does not, as far as these tests pass. */
async function withTests(
  traces: Traces,
  shown: readonly Shown[],
  texts: ReadonlyMap<string, string>,
): Promise<readonly DiscoveredRule[]> {
  const keys = distinctKeys(shown.flatMap(({ proposal }) => proposal.reads));
  const examples = await spansOfExamples(traces, shown, keys);
  const tests = shown.flatMap((rule) => {
    const { id, proposal, judged } = rule;
    const what = judged.kind === 'flow' ? 'a flow' : 'a trace';
    const testOf = (title: string, expectation: string, traceIds: readonly string[]) => {
      const stored = traceIds.flatMap((traceId) => examples.get(traceId) ?? []);
      if (stored.length === 0 || stored.length > MOST_TEST_SPANS) return [];
      const described = {
        title,
        rule: id,
        expectation,
        spans: stored,
        keys,
        reads: proposal.reads,
        readsStatus: proposal.readsStatus === true,
      };
      return [{ id, title, text: testText(described) }];
    };
    return [
      ...testOf(`${what} that keeps ${id}`, 'pass', passingOf(rule)),
      ...testOf(`${what} that violates ${id}`, 'violation', violatingOf(rule)),
    ];
  });
  const passing = await thatPass(tests, texts);
  return shown.map(({ id, proposal, judged }) => {
    const mine = passing.filter((test) => test.id === id).map(({ text }) => text);
    const { text } = formatText([texts.get(id)!, ...mine].join('\n\n'));
    return { id, proposal, judged, text };
  });
}

/** The traces of a case that keeps the rule, as far as they are known to have no violation. */
function passingOf({ proposal: { support, examples }, judged: { violations } }: Shown): readonly string[] {
  const traceIds = examples ?? (support.example === undefined ? [] : [support.example]);
  return violations.some(({ traceId }) => traceIds.includes(traceId)) ? [] : [...new Set(traceIds)];
}

/** The traces that the first violation shows. */
function violatingOf({ judged: { violations } }: Shown): readonly string[] {
  const [first] = violations;
  if (first === undefined) return [];
  return [...new Set([first.traceId, ...first.evidence.flatMap(({ traceId }) => traceId ?? [])])];
}

async function thatPass<T extends { readonly title: string; readonly text: string }>(
  tests: readonly T[],
  rules: ReadonlyMap<string, string>,
): Promise<readonly T[]> {
  const db = await openStore();
  try {
    const all = [...rules.values(), ...tests.map(({ text }) => text)].join('\n\n');
    const workspace = loadWorkspace(new Map([[FILE, all]]));
    const results = await runTests(db, workspace.tests, async () => ({ problem: 'no file' }));
    const passed = new Set(
      results.flatMap((result) => (result.passed ? [result.test.item.title.value] : [])),
    );
    return tests.filter(({ title }) => passed.has(title));
  } finally {
    db.close();
  }
}

async function spansOfExamples(
  traces: Traces,
  shown: readonly Shown[],
  keys: readonly AttributeKey[],
): Promise<ReadonlyMap<string, readonly ExampleSpan[]>> {
  const ids = new Set(shown.flatMap((rule) => [...passingOf(rule), ...violatingOf(rule)]));
  const found = new Map<string, ExampleSpan[]>();
  const links = { columns: ['trace_id'], attributes: [] } as const;
  const needs = allColumns([
    columnNeeds([], []),
    { spans: ['status', ...NESTED_COLUMNS], spanAttributes: keys, links },
  ]);
  const window = { ...traces.window, withoutOwn: true };
  await overTraces({ ...traces, window }, needs, async (run) => {
    await run.forEachUnit(async () => {
      for (const span of await exampleSpans(run.db, run.columns, keys, [...ids]))
        found.set(span.traceId, [...(found.get(span.traceId) ?? []), span]);
    });
  });
  return found;
}

function distinctKeys(keys: readonly AttributeKey[]): readonly AttributeKey[] {
  return [...new Map(keys.map((key) => [`${key.scope} ${key.key}`, key])).values()];
}
