import { describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { LogRefusal } from '../../engine/live/log/log.js';
import { protobufOf } from '../../engine/live/otlp/of-traces.js';
import { ruleSet } from '../../engine/live/rules/rule-set.js';
import { windowEntries, windowKey } from '../../engine/live/violation/window-entry.js';
import type { Trace } from '../../engine/otlp/model.js';
import { planWindowRules } from '../../engine/plan/lower/lower-windows.js';
import { rulesOf } from './simulation/rules.js';
import { restOf, TestLive, traceOf } from './support.js';

const CHECKED = 'rule checked { when { name = "charge" } always { name = "check" } }';

describe('a trace', () => {
  it('is judged once its root and parents are there and it is quiet, not before', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(traceOf(1, 'charge'));
    await test.wait(4);
    expect(test.emitted).toEqual([]);
    await test.wait(2);
    expect(test.emitted).toEqual(['checked 1 complete']);
  });

  it('that keeps the rule in pieces breaks it in none of them', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    const whole = traceOf(1, 'charge', 'other', 'check');
    for (const piece of [0, 1, 2]) {
      await test.send({ ...whole, spans: [whole.spans[piece]!] });
      await test.wait(4);
    }
    await test.wait(40);
    expect(test.emitted).toEqual([]);
    expect(test.live.counters.closed).toEqual({ complete: 1, quiet: 0, partial: 0 });
  });

  it('without its root waits longer', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(restOf(traceOf(1, 'root', 'charge'), 1));
    await test.wait(29);
    expect(test.emitted).toEqual([]);
    await test.wait(2);
    expect(test.emitted).toEqual(['checked 1 quiet']);
  });

  it('that never ends is judged for its age, and again when it is quiet', async () => {
    const test = await TestLive.start({ rules: CHECKED, settings: { maxAgeMs: 20_000 } });
    const whole = traceOf(1, 'charge', ...Array.from({ length: 30 }, () => 'other'));
    for (const span of whole.spans) {
      await test.send({ ...whole, spans: [span] });
      await test.wait(1);
    }
    expect(test.emitted).toEqual(['checked 1 partial']);
    const names = whole.spans.map(() => 'other');
    await test.send(restOf(traceOf(1, ...names, 'check'), names.length));
    await test.wait(8);
    expect(test.live.counters.of('shop', 'checked', 'medium').retracted).toBe(1);
  });

  it('of one tenant is none of another with the same id', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(traceOf(1, 'charge'));
    await test.live.accept('bank', Buffer.from(protobufOf([restOf(traceOf(1, 'charge', 'check'), 1)])));
    await test.live.accept('mill', Buffer.from(protobufOf([traceOf(1, 'charge')])));
    await test.wait(40);
    expect(test.emitted.sort()).toEqual(['checked 1 complete', 'mill checked 1 complete']);
  });
});

describe('rules', () => {
  it('that no later span can undo fire at once, and once', async () => {
    const test = await TestLive.start({ rules: 'rule now { never { name = "bad" } }' });
    await test.send(restOf(traceOf(1, 'root', 'bad'), 1));
    await test.wait(1);
    expect(test.emitted).toEqual(['now 1 early']);
    await test.send(traceOf(1, 'root', 'bad', 'bad'));
    await test.wait(60);
    expect(test.emitted).toEqual(['now 1 early']);
    expect(test.live.outbox.depth).toBe(1);
  });

  it.each([
    ['is right', 0],
    ['was put right, by years ahead', 10 * 365 * 86_400_000],
  ])('with a deadline fire once spans as late as it have come, when the clock %s', async (_, setAhead) => {
    const test = await TestLive.start({
      rules: 'rule before { when { name = "b" } as x always { name = "a" } before x }',
    });
    test.setAhead = setAhead;
    const shifted = (trace: Trace, afterMs: number): Trace => ({
      ...trace,
      spans: trace.spans.map((span) => ({
        ...span,
        start: span.start + BigInt(setAhead + afterMs) * 1_000_000n,
      })),
    });
    await test.send(shifted(restOf(traceOf(1, 'root', 'b'), 1), 0));
    await test.wait(3);
    expect(test.emitted).toEqual([]);
    // Another trace whose spans end ten seconds later: the watermark passes.
    test.time += 10_000;
    await test.send(shifted(traceOf(2, 'root'), 10_000));
    await test.wait(2);
    expect(test.emitted).toEqual(['before 1 early']);
  });

  it('that close after a time of their own wait for that', async () => {
    const test = await TestLive.start({
      rules: `rule soon { closes after 1s when { name = "charge" } always { name = "check" } }
        rule late { closes after 45s when { name = "charge" } always { name = "check" } }`,
    });
    await test.send(traceOf(1, 'charge'));
    await test.wait(3);
    expect(test.emitted).toEqual(['soon 1 complete']);
    await test.wait(40);
    expect(test.emitted).toHaveLength(1);
    await test.wait(4);
    expect(test.emitted).toEqual(['soon 1 complete', 'late 1 complete']);
  });

  it('that skip partial traces say nothing about one without its root', async () => {
    const test = await TestLive.start({
      rules: `rule skips { on partial skip when { name = "charge" } always { name = "check" } }
        rule skips-early { on partial skip never { name = "charge" } }`,
    });
    await test.send(restOf(traceOf(1, 'root', 'charge'), 1), traceOf(2, 'charge'));
    await test.wait(60);
    expect(test.emitted.sort()).toEqual(['skips 2 complete', 'skips-early 2 complete']);
  });

  it('that take too long are left out and stopped for a while, and do not hold up the others', async () => {
    const test = await TestLive.start({
      rules: `${CHECKED}
        rule slow { when { } as a and { } as b and { } as c and { } as d always a.span.x + b.span.x + c.span.x + d.span.x > 1 }`,
      ruleLimitMs: 1500,
    });
    for (let n = 1; n <= 4; n++) {
      await test.send(traceOf(n, 'charge', ...Array.from({ length: 500 }, () => 'x')));
      await test.wait(8);
    }
    expect(test.emitted.filter((emitted) => emitted.startsWith('checked'))).toHaveLength(4);
    // Too slow, or too much for the memory of the judge, whichever is noticed first.
    const slow = test.live.counters.of('shop', 'slow', 'medium');
    expect(slow.tooLarge + slow.whileStopped).toBe(4);
    expect(slow.stopped).toBeDefined();
    test.live.setRules(ruleSet(rulesOf(CHECKED)));
    expect(slow.stopped).toBeUndefined();
  });

  it('that everything violates find all of it, late spans included, and retract nothing', async () => {
    const test = await TestLive.start({ rules: 'rule all { when { } as x never { } }', mostViolations: 5 });
    await test.send(traceOf(1, ...Array.from({ length: 20 }, () => 'x')));
    await test.wait(10);
    // An earlier span, before all that were found.
    const late = restOf(traceOf(1, ...Array.from({ length: 21 }, () => 'x')), 20);
    await test.send({
      ...late,
      spans: late.spans.map((span) => ({ ...span, start: span.start - 1_000_000n })),
    });
    await test.wait(10);
    const counts = test.live.counters.of('shop', 'all', 'medium');
    expect(counts).toMatchObject({ violations: 21, retracted: 0 });
  });
});

describe('spans that come late', () => {
  it('retract a violation, and bring it back', async () => {
    const test = await TestLive.start({
      rules: 'rule two { when { name = "charge" } always count({ name = "check" }) = 1 }',
    });
    await test.send(traceOf(1, 'charge'));
    await test.wait(10);
    await test.send(restOf(traceOf(1, 'charge', 'check'), 1));
    await test.wait(10);
    await test.send(restOf(traceOf(1, 'charge', 'check', 'check'), 2));
    await test.wait(10);
    expect(test.emitted).toEqual(['two 1 complete', 'two 1 complete']);
    expect(test.retracted).toEqual(['shop two 1']);
    expect(test.live.counters.late).toBe(2);
    const generations = test.live.outbox.take(9).map(({ key }) => key.split(' ').slice(1).join(' '));
    expect(generations).toEqual(['0 true', '0 false', '1 true']);
  });

  it('after the trace is over are counted, and not judged as if they were a trace', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(traceOf(1, 'root', 'check'));
    await test.wait(200);
    expect(test.live.openTraces).toBe(0);
    await test.send(restOf(traceOf(1, 'root', 'check', 'charge'), 2));
    await test.wait(60);
    expect(test.live.counters.tooLate).toBe(1);
    expect(test.emitted).toEqual([]);
  });

  it('are too late after a restart also where the part of the log is gone that said so', async () => {
    const test = await TestLive.start({ rules: CHECKED, segmentBytes: 10 });
    await test.send(traceOf(1, 'root', 'check'));
    await test.wait(200);
    await test.send(restOf(traceOf(1, 'root', 'check', 'charge'), 2));
    await test.wait(2);
    expect(test.live.counters.tooLate).toBe(1);
    await test.crash();
    await test.wait(60);
    expect(test.emitted).toEqual([]);
  });

  it('are too late after a restart, too', async () => {
    const test = await TestLive.start({ rules: CHECKED, segmentBytes: 1_000_000 });
    await test.send(traceOf(1, 'root', 'check'));
    await test.wait(60);
    // Keeps the segment that the first one is in.
    await test.send(traceOf(2, 'root'));
    await test.wait(60);
    expect(test.live.openTraces).toBe(1);
    await test.crash();
    expect(test.live.openTraces).toBe(1);
    await test.send(restOf(traceOf(1, 'root', 'check', 'charge'), 2));
    await test.wait(60);
    expect(test.emitted).toEqual([]);
  });
});

describe('what happens while traces are judged', () => {
  it('is not undone: a span that comes while its trace is let go of is judged with it', async () => {
    const test = await TestLive.start({ rules: CHECKED, settings: { maxBytes: 9_000 } });
    for (let n = 1; n <= 8; n++) await test.send(traceOf(n, 'other', 'charge'));
    test.time += 1000;
    const ticking = test.live.tick();
    // Judging is under way: traces 1 and 2 have to go for want of memory.
    await test.send(restOf(traceOf(1, 'other', 'charge', 'check'), 2));
    await ticking;
    await test.wait(30);
    expect(test.live.counters.evicted).toBeGreaterThan(0);
    expect(test.live.counters.of('shop', 'checked', 'medium')).toMatchObject({ violations: 8, retracted: 1 });
  });

  it('by rules that change meanwhile is done again by the new ones', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(traceOf(1, 'charge'));
    await test.wait(4);
    test.time += 1000;
    const ticking = test.live.tick();
    test.live.setRules(ruleSet(rulesOf('rule other { always { name = "check" } }')));
    await ticking;
    await test.wait(2);
    expect(test.emitted).toContain('other 1 complete');
  });

  it('by all rules: one that is due does not let go of a trace before the others have judged it', async () => {
    const test = await TestLive.start({
      rules: `${CHECKED} rule late { closes after 45s always { name = "check" } }`,
      settings: { maxBytes: 8_000 },
    });
    for (let n = 1; n <= 5; n++) await test.send(traceOf(n, 'charge'));
    test.time += 5000;
    for (let n = 6; n <= 8; n++) await test.send(traceOf(n, 'charge'));
    await test.wait(60);
    expect(test.emitted.filter((emitted) => emitted.startsWith('late'))).toHaveLength(8);
  });
});

describe('what is held', () => {
  it('keeps after a restart what was emitted for windows, for the watch over them', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    const window = { id: 'ab'.repeat(16), fromNs: 0n, toNs: 1n, labels: [], clause: 0, value: 1, traces: [] };
    const { rules } = loadWorkspace(
      new Map([['w.betrace', 'rule w { over 1h never { } | count_over_time() > 0 }']]),
    );
    const { entries, outgoing } = windowEntries('shop', planWindowRules(rules).rules[0]!, [window]);
    await test.live.outbox.record(entries, outgoing);
    await test.crash();
    expect(test.live.outbox.traces()).toEqual([windowKey('shop', window.id)]);
  });

  it('is let go of when all is over, on disk too', async () => {
    const test = await TestLive.start({ rules: CHECKED, segmentBytes: 500 });
    for (let n = 1; n <= 20; n++) await test.send(traceOf(n, 'charge', 'check'));
    expect(test.live.logBytes).toBeGreaterThan(3000);
    await test.wait(150);
    expect([test.live.openTraces, test.live.openBytes]).toEqual([0, 0]);
    expect(test.live.logBytes).toBeLessThan(3000);
  });

  it('stays within its bound: the oldest are judged as partial, none is lost', async () => {
    const maxBytes = 200_000;
    const test = await TestLive.start({ rules: CHECKED, settings: { maxBytes } });
    let most = 0;
    for (let n = 1; n <= 600; n++) {
      await test.send(traceOf(n, 'charge', 'other'));
      most = Math.max(most, test.live.openBytes);
      if (n % 20 === 0) await test.live.tick();
    }
    expect(most).toBeLessThan(maxBytes * 1.25);
    const { evicted } = test.live.counters;
    expect(evicted).toBeGreaterThan(100);
    expect(test.emitted.filter((emitted) => emitted.endsWith('partial'))).toHaveLength(evicted);
    await test.wait(60);
    expect(test.emitted).toHaveLength(600);
  });

  it('is refused beyond the bound, until there is room', async () => {
    const test = await TestLive.start({ rules: CHECKED, settings: { maxBytes: 20_000 } });
    const flood = async (): Promise<void> => {
      for (let n = 1; n <= 100; n++) await test.send(traceOf(n, 'charge', 'other'));
    };
    await expect(flood()).rejects.toThrow(LogRefusal);
    await test.wait(1);
    await test.send(traceOf(200, 'charge'));
  });

  it('survives an outbox that cannot be written', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(traceOf(1, 'charge'));
    test.disks[1].capacity = 10;
    await test.wait(10);
    expect(test.emitted).toEqual([]);
    expect(test.problems[0]).toContain('ENOSPC');
    test.disks[1].capacity = Number.POSITIVE_INFINITY;
    await test.wait(3);
    expect(test.emitted).toEqual(['checked 1 complete']);
  });

  it('does not depend on the clock of the machine, which may jump by years', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    for (const [n, setAhead] of [-1, 10, 0].entries()) {
      await test.send(traceOf(n + 1, 'charge'));
      test.setAhead = setAhead * 365 * 86_400_000;
      await test.wait(4);
      expect(test.emitted).toHaveLength(n);
      await test.wait(2);
      expect(test.emitted).toHaveLength(n + 1);
    }
  });
});
