/** The result of a replay from all of its shares: what one run over everything would have found. */
import { isDeepStrictEqual } from 'node:util';
import type { BlockProblem } from '../../blocks/problem.js';
import type { Traffic } from '../../blocks/storage.js';
import type { RulePlan } from '../../plan/plan.js';
import { bothFacts } from '../../plan/vacuity/rule-needs.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { least } from '../../shared/least.js';
import type { RuleEvaluation } from '../../verdicts/evaluation.js';
import type { JudgedCaseRule, JudgedRule, JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { RunCode } from '../../verdicts/run-codes.js';
import { RuleCollector } from '../collect.js';
import type { CountedRule } from '../over/count-rules.js';
import { notJudged } from '../over/judge.js';
import { judgeCounted } from '../over/judge-counted.js';
import { type CountedPart, problemIn } from '../over/replay-over.js';
import { SlotCounts } from '../over/slot-counts.js';
import { withTraceIds } from '../over/trace-ids.js';
import type { ReplayResult } from '../result.js';
import type { StorageRead } from '../storage-read.js';
import type { ReplayShare } from './share.js';

/** A share, and what whoever reads of it knows it by. */
export interface NamedShare {
  readonly name: string;
  readonly share: ReplayShare;
}

export type Merged =
  | {
      readonly kind: 'merged';
      readonly result: ReplayResult;
      readonly limit: number;
      readonly elapsedMs: number;
    }
  | MergeRefusal;

export interface MergeRefusal {
  readonly kind: 'refused';
  readonly code: Extract<RunCode, 'BT3013' | 'BT3014'>;
  /** Without a full stop. */
  readonly message: string;
}

/** Shares that are not all of one replay are refused. `elapsedMs` is that of the slowest share. */
export function mergeShares(named: readonly NamedShare[]): Merged {
  const [first, ...others] = named.toSorted((a, b) => a.share.run.share - b.share.run.share);
  if (first === undefined) return refused('BT3014', 'there is no share');
  for (const other of others) {
    const difference = differenceOf(first.share, other.share);
    if (difference !== undefined) return refused('BT3013', `${first.name} and ${other.name} ${difference}`);
  }
  const gap = missingOf([first, ...others]);
  if (gap !== undefined) return refused('BT3014', gap);
  const shares = [first, ...others].map(({ share }) => share);
  return {
    kind: 'merged',
    result: resultOf(first.share, shares),
    limit: first.share.run.limit,
    elapsedMs: Math.max(...shares.map(({ elapsedMs }) => elapsedMs)),
  };
}

function refused(code: MergeRefusal['code'], message: string): MergeRefusal {
  return { kind: 'refused', code, message };
}

/** In words; what shares of one replay have alike, by what it is called. */
const ALIKE: readonly (readonly [string, (share: ReplayShare) => unknown])[] = [
  ['are of different numbers of shares', ({ run }) => run.shares],
  ['are of different tenants', ({ result }) => result.tenant],
  ['are of different ranges', ({ run }) => [run.fromNs, run.toNs]],
  ['are of different rules, or of revisions of them', rulesOf],
  ['list different numbers of violations', ({ run }) => run.limit],
  ['allow different numbers of series', ({ run }) => run.maxSeries],
  ['have seen different blocks', ({ run }) => run.blocks],
  ['divide the ids of traces in different ways', ({ run }) => run.ids],
];

function rulesOf({ result, windows }: ReplayShare): unknown {
  return [...result.rules, ...windows].map(({ rule: { id, revision, settings } }) => ({
    id,
    revision,
    settings,
  }));
}

function differenceOf(a: ReplayShare, b: ReplayShare): string | undefined {
  return ALIKE.find(([, read]) => !isDeepStrictEqual(read(a), read(b)))?.[0];
}

/** Which share is there twice, or not at all; by number. */
function missingOf(named: readonly NamedShare[]): string | undefined {
  const { shares } = named[0]!.share.run;
  for (const [n, { name, share }] of named.entries()) {
    const next = named[n + 1];
    if (next?.share.run.share === share.run.share)
      return `${name} and ${next.name} are both share ${share.run.share} of ${shares}`;
  }
  const there = new Set(named.map(({ share }) => share.run.share));
  const missing = Array.from({ length: shares }, (_, n) => n + 1).filter((n) => !there.has(n));
  if (missing.length === 0) return undefined;
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
  return `of ${shares} shares there is no share ${missing.slice(0, MOST_NAMED).join(', ')}${more}`;
}

const MOST_NAMED = 10;

function resultOf({ run, result }: ReplayShare, shares: readonly ReplayShare[]): ReplayResult {
  const results = shares.map((share) => share.result);
  const sum = (key: 'traces' | 'spans' | 'spansSharingId'): number =>
    results.reduce((total, found) => total + found[key], 0);
  const { tenant, range, bucketNs } = result;
  const cases = result.rules.map(({ rule }, n) =>
    caseRule(
      results.map(({ rules }) => rules[n]!),
      new RuleCollector(tenant, rule as RulePlan, run.limit),
    ),
  );
  const read = readOf(results);
  const unread = problemsOf(results, 'unread');
  return {
    tenant,
    range,
    blocks: { read: blocksOf(results) - unread.length, unread, warnings: problemsOf(results, 'warnings') },
    ...(read === undefined ? {} : { read }),
    traces: sum('traces'),
    spans: sum('spans'),
    spansSharingId: sum('spansSharingId'),
    bucketNs,
    rules: [...cases, ...windowRules(shares)],
  };
}

/** Each share asks for all of them. */
function blocksOf(results: readonly ReplayResult[]): number {
  return Math.max(...results.map(({ blocks }) => blocks.read + blocks.unread.length));
}

/** A block is unread where some share could not read it: the others may have. */
function problemsOf(results: readonly ReplayResult[], kind: 'unread' | 'warnings'): readonly BlockProblem[] {
  const different = new Map<string, BlockProblem>();
  for (const { blocks } of results)
    for (const problem of blocks[kind]) {
      const key =
        kind === 'unread' ? (problem.blockId ?? '') : `${problem.blockId} ${problem.code} ${problem.path}`;
      if (!different.has(key)) different.set(key, problem);
    }
  return [...different].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, problem]) => problem);
}

function readOf(results: readonly ReplayResult[]): StorageRead | undefined {
  const all = results.flatMap(({ read }) => read ?? []);
  const [first] = all;
  if (first === undefined) return undefined;
  const sum = (key: keyof Traffic): number => all.reduce((total, read) => total + read[key], 0);
  return {
    ...first,
    lists: sum('lists'),
    gets: sum('gets'),
    bytes: sum('bytes'),
    retried: sum('retried'),
    hedged: sum('hedged'),
  };
}

/** Cases are of one share each: they add up. */
function caseRule(found: readonly JudgedRule[], collector: RuleCollector): JudgedRule {
  let isOfFlows = false;
  for (const part of found) {
    if (part.kind === 'window') throw new Error('a share has rules over many traces apart');
    isOfFlows = part.kind === 'flow';
    collector.add(evaluationOf(part));
    collector.problem ??= part.problem;
  }
  return isOfFlows ? collector.flowResult() : collector.result();
}

function evaluationOf(found: JudgedCaseRule): RuleEvaluation {
  const { rule, buckets, violations, missing, facts, first, last } = found;
  return {
    rule,
    buckets,
    violations,
    missing,
    facts: new Map([[0n, facts]]),
    ...(found.kind === 'flow'
      ? { undecided: found.undecided, undecidedCases: found.undecidedCases }
      : { undecided: 0, undecidedCases: [] }),
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    ms: 0,
  };
}

/** What the traces of each share have adds up; only then a window is judged. */
function windowRules(shares: readonly ReplayShare[]): readonly JudgedRule[] {
  const [first] = shares;
  if (first === undefined) return [];
  const { run, result } = first;
  const { fromNs, toNs, open, limit, maxSeries } = run;
  const options = {
    range: { fromNs, toNs, ...(open === undefined ? {} : { open }) },
    tenant: result.tenant,
    bucketNs: result.bucketNs,
    limit,
    maxSeries,
  };
  return first.windows.map(({ rule }, n): JudgedWindowRule => {
    const parts = shares.map(({ windows }) => windows[n]!);
    try {
      const { counted, problem } = together(rule, parts, maxSeries);
      if (counted === undefined) return { ...notJudged(rule), ...(problem === undefined ? {} : { problem }) };
      const ids = new Map(parts.flatMap((part) => [...part.ids]));
      return withTraceIds(judgeCounted(counted, options), ids);
    } catch (error) {
      const problem = problemIn(error);
      if (problem === undefined) throw error;
      return { ...notJudged(rule), problem };
    }
  });
}

/** Throws a `QueryError` where all together are too many. */
function together(
  rule: WindowRulePlan,
  parts: readonly CountedPart[],
  maxSeries: number,
): Omit<CountedPart, 'ids' | 'rule'> {
  const all = parts.flatMap(({ counted }) => counted ?? []);
  const [first] = all;
  const problem = parts.find((part) => part.problem !== undefined)?.problem;
  if (first === undefined || problem !== undefined)
    return { counted: undefined, ...(problem === undefined ? {} : { problem }) };
  // Of rules that were counted together a share may have numbered other selections.
  const numbers = [...first.counts.keys()];
  const counts = new Map(
    numbers.map((number, place) => {
      const sum = new SlotCounts({ maxSeries });
      for (const { counts } of all) sum.addAll([...counts.values()][place]!);
      return [number, sum] as const;
    }),
  );
  const begun = all.flatMap((counted) => counted.begun ?? []);
  const counted: CountedRule = {
    rule,
    selections: first.selections,
    counts,
    facts: all.map(({ facts }) => facts).reduce(bothFacts),
    ...(begun.length === 0 ? {} : { begun: least(begun) }),
  };
  return { counted };
}
