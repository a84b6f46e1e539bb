/** Invariants that nobody has written: those that were planted in blocks of a real Tempo are proposed, as rules that find exactly the planted traces. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discover } from '../../engine/discover/discover.js';
import { discoveryJson } from '../../engine/discover/discovery-json.js';
import { mine } from '../../engine/discover/mine.js';
import { boundOf, usualValues } from '../../engine/discover/span-proposals.js';
import { formatText } from '../../engine/language/format/format.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { GivenSpans } from '../../engine/live/given-traces.js';
import { replay } from '../../engine/replay/replay.js';
import { openStore } from '../../engine/sql/open-store.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { readTraceFiles } from '../../server/trace-files/batches.js';
import { discoveredIn } from './discovered.js';

const shop = discoveredIn<readonly string[]>('shop-v5');
const { truth } = shop;

const text = (): string => shop.discovery.found.map((candidate) => candidate.text).join('\n');

/** Traces of a request with a check before a payment; that with the number `without` has no check. */
async function traces(count: number, without = -1): Promise<GivenSpans> {
  const start = BigInt(Date.parse('2026-11-20T00:00:00Z')) * 1_000_000n;
  const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
  const spans = Array.from({ length: count }, (_, n) => {
    const begun = start + BigInt(n) * 60_000_000_000n;
    const span = (id: number, parent: number, name: string, from: number, to: number) => ({
      traceId: hex(n + 1, 32),
      spanId: hex(n * 10 + id, 16),
      parentSpanId: parent === 0 ? '' : hex(n * 10 + parent, 16),
      name,
      startTimeUnixNano: String(begun + BigInt(from)),
      endTimeUnixNano: String(begun + BigInt(to)),
      attributes: [{ key: 'order.id', value: { stringValue: `o-${n}` } }],
    });
    const all = [span(1, 0, 'request', 0, 1000), span(2, 1, 'check', 10, 20), span(3, 1, 'payment', 30, 40)];
    return n === without ? all.filter(({ name }) => name !== 'check') : all;
  }).flat();
  const file = join(mkdtempSync(join(tmpdir(), 'betrace-discover-')), 'traces.json');
  writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  return new GivenSpans((await readTraceFiles([file], 2 ** 26)).batches);
}

describe('what is discovered in the shop', () => {
  it('finds exactly the planted traces of most invariants', async () => {
    const { rules } = loadWorkspace(new Map([['d.betrace', text()]]));
    const result = await replay({ ...shop.open.stored, rules, limit: 1000 });
    const sets = result.rules.map((rule) =>
      rule.kind === 'window' ? '' : [...new Set(rule.violations.map(({ traceId }) => traceId))].sort().join(),
    );
    const found = Object.keys(truth).filter((id) => sets.includes([...truth[id]!].sort().join()));
    expect(found.length, found.join()).toBeGreaterThanOrEqual(10);
    // What they find is what was said of them.
    expect(result.rules.map(({ violated }) => violated)).toEqual(
      shop.discovery.found.map(({ judged }) => judged.violated),
    );
  });

  it('is ready for a file: sound, laid out, and its tests pass', async () => {
    const { files, tests } = loadWorkspace(new Map([['d.betrace', text()]]));
    expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
    for (const candidate of shop.discovery.found)
      expect(formatText(candidate.text).text).toBe(candidate.text);
    const db = await openStore();
    const results = await runTests(db, tests, async () => ({ problem: 'no file' }));
    db.close();
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.filter(({ expected }) => expected === 'violation').length).toBeGreaterThanOrEqual(8);
  });

  it('tells what has few exceptions first, no exception twice, and what has none last', () => {
    const json = discoveryJson(shop.discovery);
    const violated = json.rules.map((rule) => rule.violated);
    const firstWithout = violated.indexOf(0);
    expect(firstWithout).toBeGreaterThan(7);
    expect(violated.slice(firstWithout).every((count) => count === 0)).toBe(true);
    const traces = json.rules.slice(0, firstWithout).map((rule) => rule.violatingTraces.join());
    expect(new Set(traces).size).toBe(traces.length);
  });

  it('says what broke from a time on, and nothing else', async () => {
    const sinceNs = BigInt(Date.parse('2026-11-20T14:24:00Z')) * 1_000_000n;
    const late = await discover({ ...shop.open.stored, limit: 10, sinceNs });
    const ids = late.found.map(({ judged }) =>
      judged.violations
        .map(({ traceId }) => traceId)
        .sort()
        .join(),
    );
    expect(ids).toContain([...truth['reserve-before-charge']!].sort().join());
    expect(late.found.every(({ judged }) => judged.violated > 0)).toBe(true);
  });

  it('is about one service where that is asked', async () => {
    const mail = await discover({ ...shop.open.stored, limit: 40, service: 'email' });
    expect(mail.found.length).toBeGreaterThan(0);
    expect(
      mail.found.filter((candidate) => !candidate.text.includes('orders process')).map(({ id }) => id),
    ).toEqual([]);
  });
});

/** Requests through a gateway, each with a call; the first `broken` have calls outside it that are slow and of another method. */
async function calls(count: number, broken: number): Promise<GivenSpans> {
  const spans = Array.from({ length: count }, (_, n) => {
    const isBroken = n < broken;
    const place = { traceId: (n + 1).toString(16).padStart(32, '0') };
    const from = BigInt(Date.parse('2026-11-20T00:00:00Z')) * 1_000_000n + BigInt(n) * 60_000_000_000n;
    const span = (id: number, parent: number, name: string, start: number, ms: number, method: string) => ({
      ...place,
      spanId: (n * 10 + id).toString(16).padStart(16, '0'),
      parentSpanId: parent === 0 ? '' : (n * 10 + parent).toString(16).padStart(16, '0'),
      name,
      startTimeUnixNano: String(from + BigInt(start) * 1_000_000n),
      endTimeUnixNano: String(from + BigInt(start + ms) * 1_000_000n),
      attributes: [{ key: 'method', value: { stringValue: method } }],
    });
    const usual = n % 3 === 0 ? 'GET' : 'POST';
    return [
      span(1, 0, 'request', 0, 90_000, usual),
      span(2, 1, 'gateway', 1, 80_000, usual),
      span(
        3,
        isBroken ? 1 : 2,
        'call',
        2,
        isBroken ? 30_000 + n : 100 + (n % 50),
        isBroken ? 'PURGE' : usual,
      ),
    ];
  }).flat();
  const file = join(mkdtempSync(join(tmpdir(), 'betrace-discover-')), 'traces.json');
  writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  return new GivenSpans((await readTraceFiles([file], 2 ** 26)).batches);
}

describe('of each span of a kind', () => {
  it.each([
    ['under', 'always { name = "gateway" } over a'],
    ['one-of', 'never { name = "call" && span.method not in ("POST", "GET") }'],
    ['longest', 'never { name = "call" && duration > 10s }'],
  ])('%s is found where few break it', async (kind, line) => {
    // One of the three is proposed: they have the same exceptions.
    const given = await calls(500, 4);
    const proposals = await mine({ ...shop.open.stored, given });
    const found = proposals.filter((proposal) => proposal.kind === kind);
    expect(found.map(({ body, exceptions }) => [body[1], exceptions.count])).toEqual([[line, 4]]);
  });

  it('is a rule that finds those, with tests', async () => {
    const { found } = await discover({ ...shop.open.stored, given: await calls(500, 4), limit: 10 });
    const [rule] = found.filter(({ judged }) => judged.violated > 0);
    expect([rule?.proposal.kind, rule?.judged.violated]).toEqual(['under', 4]);
    expect(rule?.text).toMatch(/expect pass.*expect violation/su);
  });

  it('is not proposed where nothing breaks it, nor where there is no divide', async () => {
    const proposals = await mine({ ...shop.open.stored, given: await calls(500, 0) });
    expect(proposals.filter(({ kind }) => ['under', 'one-of', 'longest'].includes(kind))).toEqual([]);
    expect(boundOf({ shape: 0, spans: 500, durations: [90, 40, 30, 20, 10, 9, 8] })).toBeUndefined();
    expect(boundOf({ shape: 0, spans: 500, durations: [900, 800, 700, 20, 19] })).toBe(100);
    const counted = (...counts: readonly number[]) =>
      usualValues(counts.map((spans, n) => ({ value: `v${n}`, spans })));
    expect(counted(500, 400, 3)).toEqual(['v0', 'v1']);
    expect(counted(500, 20, 3)).toBeUndefined();
    expect(counted(500, 3)).toBeUndefined();
    expect(counted(500, 400)).toBeUndefined();
  });
});

describe('where there are no exceptions', () => {
  it('none is proposed', async () => {
    const { found } = await discover({ ...shop.open.stored, given: await traces(200), limit: 40 });
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ judged }) => judged.violated > 0)).toEqual([]);
    // One trace that keeps nothing of it is enough.
    const after = await discover({ ...shop.open.stored, given: await traces(200, 7), limit: 40 });
    expect(after.found.some(({ judged }) => judged.violated === 1)).toBe(true);
  });
});
