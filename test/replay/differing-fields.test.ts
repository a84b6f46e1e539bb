/** What is different about violating cases may be a range of numbers, an element of a list, or what events and links carry. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConditionJson } from '../../engine/answers/differences.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { GivenSpans } from '../../engine/live/given-traces.js';
import { replay } from '../../engine/replay/replay.js';
import { replayJson } from '../../engine/replay/result-json.js';
import { readTraceFiles } from '../../server/trace-files/batches.js';

/** What a payment carries, and whether it is refunded. */
interface Payment {
  readonly attributes?: readonly Attribute[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly Attribute[] }[];
  readonly links?: readonly { readonly attributes: readonly Attribute[] }[];
  readonly refunded: boolean;
}

interface Attribute {
  readonly key: string;
  readonly value: object;
}

const COUNT = 400;
const START = BigInt(Date.parse('2026-11-20T00:00:00Z')) * 1_000_000n;

const text = (key: string, stringValue: string): Attribute => ({ key, value: { stringValue } });
const list = (key: string, values: readonly string[]): Attribute => ({
  key,
  value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
});

function spansOf(payments: readonly Payment[]) {
  return payments.flatMap(({ attributes = [], events = [], links = [], refunded }, n) => {
    const begun = START + BigInt(n) * 60_000_000_000n;
    const order = text('order', `o-${n}`);
    const span = (id: number, name: string) => ({
      traceId: (n + 1).toString(16).padStart(32, '0'),
      spanId: (n * 10 + id).toString(16).padStart(16, '0'),
      parentSpanId: id === 1 ? '' : (n * 10 + 1).toString(16).padStart(16, '0'),
      name,
      startTimeUnixNano: String(begun + BigInt(id) * 1_000_000n),
      endTimeUnixNano: String(begun + 100_000_000n),
      attributes: [order],
    });
    const payment = {
      ...span(2, 'pay'),
      attributes: [...attributes, order],
      events: events.map((event) => ({ timeUnixNano: String(begun + 3_000_000n), ...event })),
      links: links.map((link) => ({
        traceId: 'f'.repeat(32),
        spanId: 'f'.repeat(16),
        ...link,
      })),
    };
    return [span(1, 'request'), payment, ...(refunded ? [span(3, 'refund')] : [])];
  });
}

const RULES = {
  'of a trace': 'rule kept {\n  when { name = "pay" } as p\n  never { name = "refund" }\n}\n',
  'across traces':
    'rule kept {\n  across span.order within 1m\n  when { name = "pay" } as p\n  never { name = "refund" }\n}\n',
};

async function firstConditions(
  rule: string,
  make: (payment: number) => Payment,
): Promise<readonly (readonly unknown[])[]> {
  const spans = spansOf(Array.from({ length: COUNT }, (_, n) => make(n)));
  const directory = mkdtempSync(join(tmpdir(), 'betrace-differing-'));
  const file = join(directory, 'traces.json');
  writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const given = new GivenSpans((await readTraceFiles([file], 2 ** 26)).batches);
  const result = await replay({
    given,
    rules: loadWorkspace(new Map([['r.betrace', rule]])).rules,
    ...{ tenant: { name: 't', path: '' }, window: {}, memory: 2 ** 28, tempDirectory: directory },
    ...{ limit: 1, why: true },
  });
  const [json] = replayJson(result).rules;
  const shown = ({ field, operator, value }: ConditionJson) => [field, operator, value];
  return json!.differences!.findings[0]?.conditions.map(shown) ?? [];
}

describe.each(Object.entries(RULES))('what differs about cases %s', (_, rule) => {
  it('may be that a number is above another one, which has few digits', async () => {
    const amount = (n: number): number => ((n * 37) % 2000) + 0.5;
    const found = await firstConditions(rule, (n) => ({
      attributes: [{ key: 'amount', value: { doubleValue: amount(n) } }, text('user', `u-${n % 7}`)],
      refunded: amount(n) > 1000,
    }));
    expect(found).toEqual([['span.amount', '>', '1000']]);
  });

  it('may be that it is below', async () => {
    const found = await firstConditions(rule, (n) => ({
      attributes: [{ key: 'left', value: { intValue: String((n * 37) % 500) } }],
      refunded: (n * 37) % 500 < 60,
    }));
    expect(found).toEqual([['span.left', '<', '60']]);
  });

  it('may be an element of a list', async () => {
    const found = await firstConditions(rule, (n) => ({
      attributes: [list('flags', [`f-${n % 5}`, ...(n % 10 === 0 ? ['beta'] : []), 'all'])],
      refunded: n % 10 === 0,
    }));
    expect(found).toEqual([['span.flags', '=', 'beta']]);
  });

  it('may be the name of an event, or what it carries', async () => {
    const named = await firstConditions(rule, (n) => ({
      events: [{ name: 'asked' }, ...(n % 8 === 0 ? [{ name: 'cache.miss' }] : [])],
      refunded: n % 8 === 0,
    }));
    expect(named).toEqual([['event:name', '=', 'cache.miss']]);
    const carried = await firstConditions(rule, (n) => ({
      events: [{ name: 'asked', attributes: [text('cache', `c-${n % 9}`)] }, { name: 'asked' }],
      refunded: n % 9 === 4,
    }));
    expect(carried).toEqual([['event.cache', '=', 'c-4']]);
  });

  it('may be what a link carries', async () => {
    const found = await firstConditions(rule, (n) => ({
      links: n % 3 === 0 ? [{ attributes: [text('reason', n % 6 === 0 ? 'retry' : 'batch')] }] : [],
      refunded: n % 6 === 0,
    }));
    expect(found).toEqual([['link.reason', '=', 'retry']]);
  });
});
