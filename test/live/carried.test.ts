/** What a violation span carries of the span that the violation is about: groups for whoever counts, bounded whatever a span has. */
import { describe, expect, it } from 'vitest';
import { carriedAttributesOf } from '../../engine/live/violation/carried.js';
import type { FoundViolation } from '../../engine/verdicts/violation.js';

function carriedBy(found: Partial<FoundViolation>): Readonly<Record<string, unknown>> {
  const rest = { traceId: '1'.repeat(32), time: 0n, clause: 0, evidence: [], values: new Map() };
  return Object.fromEntries(carriedAttributesOf({ ...rest, ...found }));
}

const evidence = (values: readonly (readonly [string, unknown])[]) => [
  {
    ...{ spanId: '1'.repeat(16), kind: 0, sharesKind: false, name: 'a', start: 0n, duration: 0n },
    values: new Map(values),
  },
];

describe('a violation span carries', () => {
  it('attributes under their own names, what the rule compares, and the key of the flow', () => {
    expect(
      carriedBy({
        carried: new Map<string, unknown>([
          ['resource.service.version', '2.4.0'],
          ['span.retry', true],
          ['span."odd,key"', 'x'],
        ]),
        evidence: evidence([
          ['span.amount', 1234],
          ['span.rate', 0.5],
          ['parent.span.tenant', 'b'],
          ['span.list', ['x']],
          ['span.gone', null],
        ]),
        key: new Map([['span.order.id', 'o-1']]),
      }),
    ).toEqual({
      'service.version': '2.4.0',
      retry: true,
      'odd,key': 'x',
      amount: 1234n,
      rate: 0.5,
      'order.id': 'o-1',
    });
  });

  it('the value of the span where its resource has the name too', () => {
    const carried = new Map([
      ['resource.zone', 'of the resource'],
      ['span.zone', 'of the span'],
    ]);
    expect(carriedBy({ carried })).toEqual({ zone: 'of the span' });
  });

  it('nothing that would pass for what is said of the violation itself', () => {
    expect(carriedBy({ carried: new Map([['span.betrace.rule.id', 'another']]) })).toEqual({});
  });

  it('no more than 48 attributes, and no more than 256 characters of each', () => {
    const many = Array.from(
      { length: 100 },
      (_, n) => [`span.a${n}`, `${'x'.repeat(255)}😀${'y'.repeat(5000)}`] as const,
    );
    const values = Object.values(carriedBy({ carried: new Map(many) }));
    expect(values).toHaveLength(48);
    for (const value of values) {
      expect(String(value).length).toBeLessThanOrEqual(257);
      expect(String(value).isWellFormed()).toBe(true);
    }
  });
});
