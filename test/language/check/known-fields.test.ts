import { describe, expect, test } from 'vitest';
import type { FieldCatalogue, KnownField } from '../../../engine/language/tree/catalogue.js';
import { fixedTexts, marksOf, never } from './marked.js';

const stored: FieldCatalogue = {
  attributes: new Map([
    [
      'span' as const,
      new Map<string, KnownField>([
        ['http.status_code', { types: ['int' as const] }],
        ['http.route', { types: ['string' as const] }],
        ['flag', { types: ['bool' as const] }],
        ['anything', { types: [] }],
        ['order.id', { types: ['string' as const], acrossTraces: true }],
        ['tenant.id', { types: ['string' as const] }],
      ]),
    ],
    ['resource' as const, new Map<string, KnownField>([['k8s.pod.name', { types: ['string' as const] }]])],
  ]),
};

const CASES: readonly (readonly [filter: string, marks: readonly string[], fixed?: string])[] = [
  ['span.http.status_code = 500', []],
  ['.http.status_code >= 500', []],
  ['span.http.status_coed = 500', ['BT2501 span.http.status_coed'], 'span.http.status_code = 500'],
  ['resource.http.status_code = 500', ['BT2501 resource.http.status_code'], 'span.http.status_code = 500'],
  ['.k8s.pod.nam = "p"', ['BT2501 .k8s.pod.nam'], '.k8s.pod.name = "p"'],
  ['span.k8s.pod.nam = "p"', ['BT2501 span.k8s.pod.nam'], 'resource.k8s.pod.name = "p"'],
  ['parent.span.http.rout = "/"', ['BT2501 parent.span.http.rout'], 'parent.span.http.route = "/"'],
  ['span.completely.else = 1', ['BT2501 span.completely.else']],
  ['resource.service.name = "s"', []],
  ['span.anything = 1', []],
  ['span.http.status_code = "500"', ['BT2502 "500"'], 'span.http.status_code = 500'],
  ['span.http.route = 5', ['BT2502 5'], 'span.http.route = "5"'],
  ['span.http.status_code = 500.5', []],
  ['span.flag = "yes"', ['BT2502 "yes"']],
  ['span.http.status_code in (500, "501")', ['BT2215 "501"', 'BT2502 "501"']],
];

describe('attributes that stored spans carry', () => {
  for (const [filter, marks, fixed] of CASES) {
    test(filter, () => {
      expect(marksOf(never(filter), stored)).toEqual(marks);
      if (fixed !== undefined) expect(fixedTexts(never(filter), stored)).toEqual([never(fixed)]);
    });
  }

  test('in every place that reads a span', () => {
    const text = `let p = { } | by(span.a1) | select(span.a2) | max(span.a3) > 1
rule r {
  when   p where span.a4 = 1 as x
  always x.span.a5 > sum({ span.a6 = 1 }, span.a7)
}`;
    const unknown = marksOf(text, stored).filter((mark) => mark.startsWith('BT2501'));
    expect(unknown).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => (n === 5 ? 'BT2501 x.span.a5' : `BT2501 span.a${n}`)),
    );
  });

  test('an empty catalogue knows nothing, and so warns of nothing', () => {
    expect(marksOf(never('span.x = 1'), { attributes: new Map() })).toEqual([]);
  });
});

describe('keys that two spans are asked to have in common', () => {
  const rule = (clause: string, setting = '') =>
    `rule r {${setting} when { name = "created" } as o  always ${clause} after o }`;
  const shipped = '{ name = "shipped" && span.order.id = o.span.order.id }';

  test('are warned of where they lie in several traces', () => {
    expect(marksOf(rule(shipped), stored)).toEqual(['BT2709 span.order.id = o.span.order.id']);
    expect(marksOf(rule('{ name = "shipped" } where o.span.order.id = span.order.id'), stored)).toEqual([
      'BT2709 o.span.order.id = span.order.id',
    ]);
    const pair =
      'rule r { when { name = "a" } as a and { name = "b" } as b and a.span.order.id = b.span.order.id  never a overlaps b }';
    expect(marksOf(pair, stored)).toEqual(['BT2709 a.span.order.id = b.span.order.id']);
    expect(fixedTexts(rule(shipped), stored)[0]).toContain('across span.order.id within 1h');
    expect(marksOf(fixedTexts(rule(shipped), stored)[0]!, stored)).toEqual([]);
  });

  test('are not where they do not, where the rule looks across, and where they are to differ', () => {
    expect(marksOf(rule(shipped.replaceAll('order.id', 'tenant.id')), stored)).toEqual([]);
    expect(marksOf(rule(shipped, ' across span.order.id within 1h '), stored)).toEqual([]);
    expect(marksOf(rule(shipped.replace('= o.', '!= o.')), stored)).toEqual([]);
    expect(marksOf(rule(shipped))).toEqual([]);
  });
});
