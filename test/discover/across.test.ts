/** Invariants across traces that nobody wrote: in blocks of a real Tempo the proposed rules find exactly the keys that are known to break them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boundOfChanges, boundOfDistances, boundOfRepeats } from '../../engine/discover/across-bounds.js';
import { discover } from '../../engine/discover/discover.js';
import { discoveryJson } from '../../engine/discover/discovery-json.js';
import { mine } from '../../engine/discover/mine.js';
import { formatText } from '../../engine/language/format/format.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { GivenSpans } from '../../engine/live/given-traces.js';
import { openStore } from '../../engine/sql/open-store.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { discoveryText } from '../../server/shared/discovery-text.js';
import { readTraceFiles } from '../../server/trace-files/batches.js';
import { discoveredIn } from './discovered.js';

const SECOND = 1_000_000_000;
const MINUTE = 60 * SECOND;

const flow = discoveredIn<{ readonly keys: readonly string[] }>('flow-v5');
const { truth } = flow;

/** The keys, or traces, that violate each proposed rule. */
const found = (): readonly string[] =>
  flow.discovery.found.map(({ judged: { violations } }) =>
    [
      ...new Set(
        violations.map(({ key, traceId }) => String(key === undefined ? traceId : [...key.values()][0])),
      ),
    ]
      .sort()
      .join(),
  );

describe('what is discovered across traces', () => {
  it('finds exactly the keys that violate each invariant', () => {
    const sets = found();
    const exact = Object.keys(truth).filter((id) => sets.includes([...truth[id]!.keys].sort().join()));
    expect(exact.sort()).toEqual(Object.keys(truth).sort());
  });

  it('says last, and apart, what more than one key in ten breaks', () => {
    const toLookAt = flow.discovery.found.map(({ proposal }) => proposal.isToLookAt === true);
    expect(toLookAt.slice(-3)).toEqual([true, true, true]);
    expect(toLookAt.slice(0, -3)).not.toContain(true);
    const [, below, ...more] = discoveryText(flow.discovery).split('// To look at.');
    expect(more).toEqual([]);
    expect(below!.match(/^rule /gmu)?.length).toBe(3);
  });

  it('is ready for a file: sound, laid out, and each exception is a test of several traces that passes', async () => {
    const text = flow.discovery.found.map((rule) => rule.text).join('\n');
    const { files, tests } = loadWorkspace(new Map([['d.betrace', text]]));
    expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
    for (const rule of flow.discovery.found) expect(formatText(rule.text).text).toBe(rule.text);
    const db = await openStore();
    const results = await runTests(db, tests, async () => ({ problem: 'no file' }));
    db.close();
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    for (const { judged, text: rule } of flow.discovery.found) {
      const expected = judged.violated === 0 ? ['pass'] : ['pass', 'violation'];
      expect([...rule.matchAll(/expect (\w+)/gu)].map(([, word]) => word)).toEqual(expected);
    }
    const linked = flow.discovery.found.find(({ proposal }) => proposal.across?.key === 'links');
    expect(linked?.text).toMatch(/trace "2" \S+ \{[^}]*link "1"/su);
  });

  it('says which keys break a rule, and what is undecided when the day ends', () => {
    const { rules } = discoveryJson(flow.discovery);
    const erased = rules.find(({ text }) => text.includes('across span.subject.id within 6h'));
    expect([erased?.violated, erased?.undecided]).toEqual([15, 18]);
    expect(erased?.violatingKeys).toContainEqual({ 'span.subject.id': 'e-1-3' });
  });

  it('says as news what is broken more often from a time on, and nothing that only happened to be', async () => {
    const sinceNs = BigInt(Date.parse('2026-11-21T16:30:00Z')) * 1_000_000n;
    const late = await discover({ ...flow.open.stored, limit: 20, sinceNs });
    expect(late.found.map(({ proposal: { summary } }) => summary)).toEqual([
      'payment.charge_card happens once for each span.idempotency.key',
    ]);
  });

  it('proposes nothing that follows from other findings', () => {
    const texts = flow.discovery.found.map(({ text }) => text).join('\n');
    // Released after a payment failed, which is after the order was created.
    expect(texts).toMatch(
      /when {3}\{ name = "inventory.released" \} as a\n {2}always \{ name = "payment.failed" \} before a/u,
    );
    expect(texts).not.toMatch(
      /when {3}\{ name = "inventory.released" \} as a\n {2}always \{ name = "order.created" \} before a/u,
    );
  });
});

interface Order {
  /** Minutes until it is shipped, each time. */
  readonly shipped?: readonly number[];
  /** Traces that handle its message. */
  readonly handled?: number;
  readonly cancelled?: boolean;
  /** Whether taking it is said to have failed. */
  readonly failed?: boolean;
}

/** A trace that takes an order, one that ships it, and those that handle its message, for each. */
async function orders(given: readonly Order[], ids = given.length, tenants = 0): Promise<GivenSpans> {
  const start = BigInt(Date.parse('2026-11-20T00:00:00Z')) * 1_000_000n;
  let last = 0;
  const hex = (digits: number): string => (++last).toString(16).padStart(digits, '0');
  const spans = given.flatMap(({ shipped = [], handled = 1, cancelled = false, failed = false }, n) => {
    const span = (name: string, minutes: number, key: string, value: string, code = 0) => {
      const from = start + BigInt(n * 300 + Math.round(minutes * 60)) * 1_000_000_000n;
      return {
        traceId: hex(32),
        spanId: hex(16),
        name,
        startTimeUnixNano: String(from),
        endTimeUnixNano: String(from + 1_000_000n),
        status: { code },
        attributes: [
          { key, value: { stringValue: value } },
          ...(tenants === 0 ? [] : [{ key: 'tenant.id', value: { stringValue: `t-${n % tenants}` } }]),
        ],
      };
    };
    return [
      span('create', 0, 'order.id', `o-${n % ids}`, failed ? 2 : 0),
      ...shipped.map((minutes) => span('ship', minutes, 'order.id', `o-${n % ids}`)),
      ...(cancelled ? [span('cancel', 1, 'order.id', `o-${n % ids}`)] : []),
      ...Array.from({ length: handled }, (_, again) => span('handle', 1 + 2 * again, 'message.id', `m-${n}`)),
    ];
  });
  const file = join(mkdtempSync(join(tmpdir(), 'betrace-discover-')), 'traces.json');
  writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  return new GivenSpans((await readTraceFiles([file], 2 ** 26)).batches);
}

const usual = (n: number): Order => ({ shipped: [1 + ((n * 7) % 40) / 5] });
const minedAcross = async (given: readonly Order[]) =>
  (await mine({ ...flow.open.stored, given: await orders(given) })).map(
    ({ summary, exceptions }) => `${summary}: ${exceptions.count}`,
  );

describe('across traces', () => {
  const many = Array.from({ length: 100 }, (_, n) => usual(n));
  it.each([
    ['all are alike', many],
    ['some failed, which changes nothing', many.map((order, n) => ({ ...order, failed: n % 3 === 0 }))],
  ])('has no exception where there is none: %s', async (_, all) => {
    const { found: rules } = await discover({ ...flow.open.stored, given: await orders(all), limit: 40 });
    expect(rules.map(({ proposal, judged }) => [proposal.summary, judged.violated])).toEqual([
      ['create is followed by ship within 10m across span.order.id', 0],
      ['ship comes after create within 10m across span.order.id', 0],
    ]);
  });

  it.each<[string, Order, string]>([
    ['is never there', {}, 'create is followed by ship within 10m across span.order.id: 3'],
    ['is late', { shipped: [31] }, 'create is followed by ship within 10m across span.order.id: 3'],
    ['comes twice', { shipped: [2], handled: 2 }, 'handle happens once within 3m across span.message.id: 1'],
  ])('finds what %s', async (_, order, expected) => {
    const oneIn = order.handled === undefined ? 40 : 100;
    const given = many.map((normal, n) => (n % oneIn === 9 ? order : normal));
    expect(await minedAcross(given)).toContain(expected);
  });

  it('takes another outcome for no exception', async () => {
    const more = Array.from({ length: 900 }, (_, n) => usual(n));
    const mined = async (order: Order) =>
      (await minedAcross(more.map((normal, n) => (n % 28 === 9 ? order : normal)))).filter((text) =>
        text.includes('followed by ship'),
      );
    expect(await mined({})).toEqual(['create is followed by ship within 10m across span.order.id: 32']);
    expect(await mined({ cancelled: true })).toEqual([]);
  });

  it('sees no order in what is on both sides alike', async () => {
    const mined = await minedAcross(many.map((): Order => ({ shipped: [-4, 4] })));
    expect(mined).toEqual([]);
  });

  it('finds keys of two fields, where one is numbered within the other', async () => {
    const given = await orders(
      Array.from({ length: 700 }, (_, n) => (n % 40 === 9 ? {} : usual(n))),
      25,
      28,
    );
    const { found: rules } = await discover({ ...flow.open.stored, given, limit: 40 });
    const summary = 'create is followed by ship within 10m across (span.order.id, span.tenant.id)';
    const rule = rules.find(({ proposal }) => proposal.summary === summary);
    expect(rule?.judged.violated).toBe(18);
    expect(rule?.judged.violations[0]?.key?.size).toBe(2);
    expect(rule?.text).toMatch(/trace "2".*expect pass.*expect violation/su);
    // Who of them buys where says nothing more where each buys in one place.
    const fixed = await orders(
      Array.from({ length: 700 }, (_, n) => usual(n)),
      28,
      28,
    );
    expect(
      (await mine({ ...flow.open.stored, given: fixed })).filter(
        ({ across }) => across !== undefined && across.key !== 'links' && across.key.length > 1,
      ),
    ).toEqual([]);
  });

  it('looks at no key that many traces have', async () => {
    const given = Array.from({ length: 600 }, (_, n) => usual(n));
    const across = async (ids: number) =>
      (await mine({ ...flow.open.stored, given: await orders(given, ids) })).flatMap(
        ({ across: by }) => by ?? [],
      );
    expect((await across(600)).length).toBe(2);
    expect(await across(24)).toEqual([]);
  });
});

describe('a bound', () => {
  const spread = (count: number, from: number, to: number): number[] =>
    Array.from({ length: count }, (_, n) => from + ((to - from) * n) / count);
  it('divides what is late from what comes in time, by a duration that people write', () => {
    const late = [1300, 1100, 900, 800].map((seconds) => seconds * SECOND);
    const inTime = spread(500, 540 * SECOND, 30 * SECOND);
    expect(boundOfDistances([...late, ...inTime], 504, 0.05)).toBe(10 * MINUTE);
    // Half of them are late: those are no exceptions.
    expect(boundOfDistances([...late, ...inTime.slice(0, 4)], 8, 0.05)).toBe(30 * MINUTE);
    expect(boundOfDistances(inTime, 500, 0.05)).toBe(10 * MINUTE);
    // By the minute, as a clock has it.
    const ticks = spread(500, 540, 30).map((seconds) => Math.ceil(seconds / 60) * MINUTE);
    expect(boundOfDistances(ticks, 500, 0.05)).toBe(10 * MINUTE);
    // An exponential tail has no end, and no divide.
    const tail = Array.from({ length: 500 }, (_, n) => -Math.log((n + 0.5) / 500) * MINUTE);
    expect(boundOfDistances(tail, 500, 0.05)).toBe(10 * MINUTE);
  });

  it('divides what comes again soon from what comes again much later', () => {
    expect(
      boundOfRepeats([...spread(9, MINUTE, 50 * MINUTE), ...spread(9, 123 * MINUTE, 150 * MINUTE)]),
    ).toBe(60 * MINUTE);
    expect(boundOfRepeats(spread(18, MINUTE, 150 * MINUTE))).toBeUndefined();
  });

  it('is as long as values stay', () => {
    const pairs = (count: number, minutes: number, differing: number) =>
      Array.from({ length: count }, (_, n) => ({ far: minutes * MINUTE, differs: n < differing }));
    expect(boundOfChanges([...pairs(200, 50, 4), ...pairs(30, 70, 30)], 0.05)).toBe(60 * MINUTE);
    expect(boundOfChanges([...pairs(200, 50, 4), ...pairs(30, 70, 1)], 0.05)).toBeUndefined();
    expect(boundOfChanges([...pairs(200, 50, 20), ...pairs(30, 70, 30)], 0.05)).toBeUndefined();
  });
});
