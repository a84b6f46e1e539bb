/** Flows whose spans come at chosen seconds, judged in the database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LiveSettings } from '../../../engine/live/settings.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { link, span, traceId } from '../../support/arbitrary/spans.js';
import { type LiveOptions, TestLive } from '../support.js';

export const SHIPS = `rule ships { across span.k within 60s when { name = "order" } as o always { name = "ship" } after o within 20s }`;
export const PAID = `rule paid { across span.k within 60s when { name = "ship" } as s always { name = "pay" } before s }`;
export const ONCE = `rule once { across span.k within 10s never count({ name = "mail" }) > 1 }`;
export const AUDITED = `rule audited { across links within 30s when { name = "read" } as r always { name = "audit" } after r within 10s }`;
export const BEGIN = 1_700_000_000n * 1_000_000_000n;

export async function start(
  rules: string,
  settings: Partial<LiveSettings> = {},
  options: Pick<LiveOptions, 'flowStore' | 'tally'> = {},
): Promise<TestLive> {
  // Of each test its own, as several files of tests share this module.
  const directory = mkdtempSync(join(tmpdir(), 'betrace-flows-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return await TestLive.start({
    ...options,
    rules,
    flowsFile: join(directory, 'flows.db'),
    settings: { latenessMs: 0, completeAfterMs: 1000, flowGraceMs: 60_000, ...settings },
  });
}

/** A trace of one span, at so many seconds. */
export function traceAt(
  second: number,
  name: string,
  k: string,
  number: number,
  links: readonly number[] = [],
): Trace {
  const only = {
    ...span(1, undefined, { name, attributes: { k }, links: links.map((other) => link(other, 1)) }),
    start: BEGIN + BigInt(second) * 1_000_000_000n,
    duration: 1000n,
  };
  return { traceId: traceId(number), spans: [only] };
}

/** Sends each at its time, and lets it be judged. */
export async function play(test: TestLive, ...traces: readonly Trace[]): Promise<void> {
  for (const trace of traces) {
    const second = Number((trace.spans[0]!.start - BEGIN) / 1_000_000_000n);
    if (second * 1000 > test.time) test.time = second * 1000;
    await test.send(trace);
    await test.wait(3);
  }
}

/** What is counted of a rule. */
export const counts = ({ live }: TestLive, rule: string) => {
  const { passed, violations, retracted, undecided, unseen } = live.counters.of('shop', rule, 'medium');
  return { passed, violations, retracted, undecided, unseen };
};
