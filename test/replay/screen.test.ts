/** What is read of a bucket for few traces says the same of rules as what is read whole of a folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { ReplayJson } from '../../engine/answers/replay.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Trace } from '../../engine/otlp/model.js';
import { replay } from '../../engine/replay/replay.js';
import { replayJson } from '../../engine/replay/result-json.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import type { Window } from '../../engine/sql/relations/window.js';
import type { WriteOptions } from '../blocks/flatten/nested-writer.js';
import { aRule } from '../support/arbitrary/rule.js';
import { EPOCH, span, TICK, traceId } from '../support/arbitrary/spans.js';
import { disturbed, inThreeBlocks, someTraces } from '../support/arbitrary/trace.js';
import { asResolved } from '../support/evaluation.js';
import { makeStorageIn } from '../support/made-storage.js';
import { runs } from '../support/runs.js';
import { openStored } from '../support/stored.js';

const work = mkdtempSync(join(tmpdir(), 'betrace-screen-'));
const everywhere = localStorage('/');
const read = { bytes: 0 };
/** Of each part that was read. */
const paths: string[] = [];
/** The same files as something far away has them. */
const bucket: Storage = {
  description: 'a bucket',
  list: (prefix, options) => everywhere.list(prefix, options),
  read: (path, limit, signal) => everywhere.read(path, limit, signal),
  size: (path) => everywhere.size(path),
  readRange: async (path, start, end, signal) => {
    read.bytes += end - start;
    paths.push(path);
    return await everywhere.readRange(path, start, end, signal);
  },
};
const flatten = new FlattenPool({ storage: bucket, workers: 1 });
/** How often some traces of a block were asked for. */
let asked = 0;
/** How many traces that were. */
let chosen = 0;
const flattenRows = flatten.flattenRows.bind(flatten);
flatten.flattenRows = async (...block) => {
  asked++;
  chosen += block[3].length;
  return await flattenRows(...block);
};
afterAll(async () => {
  await flatten.close();
  rmSync(work, { recursive: true, force: true });
});

type Found = Omit<ReplayJson, 'spans' | 'spansSharingId' | 'read'>;

/** What both find: of the bucket twice, as the second time there are things in the cache, but of no block. */
async function bothWays(
  root: string,
  rules: readonly ResolvedRule[],
  limit: number,
  window: Window,
): Promise<Readonly<Record<'folder' | 'bucket' | 'again', Found>>> {
  const judged = async (stored: StoredTraces): Promise<Found> => {
    // How many spans there are, copies left out, is known where all were read.
    const {
      spans: _,
      spansSharingId: __,
      ...rest
    } = replayJson(await replay({ ...stored, rules, limit, window }));
    return rest;
  };
  const folder = await openStored(root);
  const far = await openStored(root);
  try {
    const stored = { ...far.stored, storage: bucket, flatten };
    const found = { folder: await judged(folder.stored), bucket: await judged(stored) };
    read.bytes = 0;
    const acquire = vi.spyOn(stored.cache, 'acquire');
    const again = await judged(stored);
    expect(read.bytes).toBe(0);
    // Which traces have to be read whole is known then: what filters read is not looked at. (Of a range, what blocks have of it is.)
    const known = acquire.mock.calls.every(([, { spans }]) => spans.includes('span_id'));
    expect(known || window.fromNs !== undefined).toBe(true);
    return { ...found, again };
  } finally {
    await Promise.all([folder.close(), far.close()]);
  }
}

const SIMPLE = [
  'when { name = "a" } always { name = "b" }',
  'never { name = "a" && kind = server }',
  'always { name = "filler" } or { name = "b" }',
  'when { name = "b" } as x never { name = "a" } after x',
  'when { .k = "x" } always { status != error }',
  'when { name = "a" } always count({ name = "b" && duration > 1ms }) <= 1',
  'when not { name = "filler" } never { .n > 1 } before { name = "b" }',
].map((body, n) => rulesOf(`rule simple-${n} { ${body} }`)[0]!);

function rulesOf(text: string): readonly ResolvedRule[] {
  const { rules, files } = loadWorkspace(new Map([['/made.betrace', text]]));
  expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  return rules;
}

const someRules = fc
  .tuple(fc.subarray(SIMPLE, { maxLength: 3 }), fc.array(aRule, { maxLength: 1 }))
  .map(([simple, random]) => [...simple, ...random.map((rule) => asResolved(rule))])
  .filter((rules) => rules.length > 0);

/** Traces in three blocks: a trace once in each, by their ids. */
const someBlocks = someTraces.chain((traces) => disturbed(traces).map(inThreeBlocks));

const aShape = fc.constantFrom<WriteOptions>(
  { indexed: true, rowsPerPage: 2 },
  { indexed: true, rowsPerPage: 1, rowsPerGroup: 7 },
  { rowsPerGroup: 4 },
);

/** Half of the traces that are of interest start before it, or none. */
const aWindow = fc.constantFrom<Window>({}, {}, { fromNs: EPOCH + 2n * TICK, toNs: EPOCH + 6n * TICK });

const FILLERS = 60;
const FILLER: readonly Trace[] = Array.from({ length: FILLERS }, (_, n) => ({
  traceId: traceId(0x100 + n),
  spans: [
    span(1, undefined, { name: 'filler', attributes: { k: 'y', n: 1n } }),
    span(2, 1, { name: n % 20 === 1 ? 'betrace.violation' : 'filler' }),
  ],
}));

describe('few traces of a bucket', () => {
  it('give the verdicts that all traces of a folder give, whatever the rules and however the traces lie', async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        someRules,
        someBlocks,
        aShape,
        fc.constantFrom('vParquet4' as const, 'vParquet5' as const),
        fc.constantFrom(0, 1, 1000),
        aWindow,
        async (rules, blocks, shape, format, limit, window) => {
          const stored = blocks.map((block, n) =>
            [...block, ...FILLER.filter((_, filler) => filler % 3 === n)].sort((a, b) =>
              a.traceId < b.traceId ? -1 : 1,
            ),
          );
          const root = makeStorageIn(join(work, `random-${made++}`), format, shape, stored);
          const { folder, bucket, again } = await bothWays(root, rules, limit, window);
          expect(bucket).toEqual(folder);
          expect(again).toEqual(folder);
        },
      ),
      { numRuns: runs(6) },
    );
  });

  it('are not looked for in blocks of other times, but for traces that reach into them', async () => {
    const minutes = (count: number): bigint => BigInt(count) * 60_000_000_000n;
    const later = (trace: Trace, by: bigint): Trace => ({
      ...trace,
      spans: trace.spans.map((span) => ({ ...span, start: span.start + by })),
    });
    const [a, b] = [span(1, undefined, { name: 'a' }), span(2, 1, { name: 'b' })];
    const early = { traceId: traceId(1), spans: [a] };
    // One has spans before the range and in it, the other in it and after it.
    const parts = [early, { ...early, spans: [b] }, { traceId: traceId(2), spans: [b] }];
    const own = { traceId: traceId(2), spans: [a] };
    const others = FILLER.map((trace) => ({ ...trace, traceId: trace.traceId.replace(/^./, 'f') }));
    const blocks = [
      others,
      [parts[0]!],
      [...FILLER, parts[1]!, own].map((trace) => later(trace, minutes(30))),
      [parts[2]!].map((trace) => later(trace, minutes(60))),
      others.map((trace) => later(trace, minutes(65))),
    ];
    const sorted = blocks.map((block) => block.toSorted((x, y) => (x.traceId < y.traceId ? -1 : 1)));
    const root = makeStorageIn(join(work, 'times'), 'vParquet5', { indexed: true, rowsPerPage: 4 }, sorted);
    const window = { fromNs: EPOCH + minutes(20), toNs: EPOCH + minutes(50) };
    const rules = rulesOf('rule pair { when { name = "a" } always { name = "b" && status != error } }');
    paths.length = 0;
    const { folder, bucket } = await bothWays(root, rules, 10, window);
    expect(bucket).toEqual(folder);
    // The first begins before the range, and the second has what it needs in another block.
    expect(folder.rules.map(({ violated, passed }) => [violated, passed])).toEqual([[0, 1]]);
    expect(folder.blocks.read).toBe(5);
    const readOf = (n: number): number =>
      paths.filter((path) => path.includes(`-${String(n).padStart(12, '0')}/`)).length;
    const [outside, before, inside, after, late] = [1, 2, 3, 4, 5].map(readOf);
    expect(late).toBe(outside);
    for (const read of [before, inside, after]) expect(read).toBeGreaterThan(outside!);
  });

  it('are no more where filters look at attributes, but for those with copies that differ in them', async () => {
    const parts = (k: string, ticks: number) => ({ name: 'a', ticks, attributes: { k } });
    const pair = (number: number): Trace => ({
      traceId: traceId(number),
      spans: [span(1, undefined, parts('x', 1)), span(2, 1, { name: 'b' })],
    });
    const copied = { traceId: traceId(20), spans: [span(1, undefined, parts('y', 2))] };
    const first = [...Array.from({ length: 12 }, (_, n) => pair(n + 1)), pair(20), ...FILLER];
    const root = makeStorageIn(join(work, 'attributes'), 'vParquet5', { indexed: true, rowsPerPage: 1 }, [
      first,
      [copied],
    ]);
    chosen = 0;
    const rules = rulesOf('rule paired { when { name = "a" && .k = "x" } always { name = "b" } }');
    const { folder, bucket } = await bothWays(root, rules, 0, {});
    expect(bucket).toEqual(folder);
    expect(folder.rules.map(({ applicable, violated }) => [applicable, violated])).toEqual([[12, 0]]);
    // The one with a copy, in both blocks, and those that show that clauses have something to look at; not the twelve.
    expect(chosen).toBeGreaterThan(1);
    expect(chosen).toBeLessThan(12);
  });

  it('count each bound span, and no copy that does not stay', async () => {
    const parts = (k: string, ticks: number) => ({ name: 'a', ticks, attributes: { k } });
    const bound = span(3, 1, { name: 'b' });
    const first = [
      { traceId: traceId(1), spans: [span(1, undefined, parts('x', 1)), bound, span(4, 1, { name: 'b' })] },
      { traceId: traceId(2), spans: [bound] },
    ];
    const second = [{ traceId: traceId(1), spans: [span(1, undefined, parts('y', 2)), bound] }];
    const rules = rulesOf(`
      rule stays { never { .k = "x" } }
      rule bound { when { name = "b" } as s always { name = "a" } or { name = "a" } before s }
    `);
    const blocks = [[...first, ...FILLER], second];
    const root = makeStorageIn(join(work, 'copies'), 'vParquet5', { indexed: true, rowsPerPage: 4 }, blocks);
    const counts: unknown[] = [];
    for (const rule of rules) {
      asked = 0;
      const { folder, bucket } = await bothWays(root, [rule], 10, {});
      expect(bucket).toEqual(folder);
      expect(asked).toBeGreaterThan(0);
      counts.push(folder.rules.map(({ violated, passed, applicable }) => [violated, passed, applicable]));
    }
    expect(counts).toEqual([[[0, FILLERS + 2, FILLERS + 2]], [[1, 2, 3]]]);
  });
});
