/** The log as people read it. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { textLines } from '../../../server/shared/log-text.js';

const LINE = { level: 'warn', time: '2026-11-20T08:35:18.123Z', service: 'betrace', msg: 'violation' };

function shown(line: object): readonly string[] {
  let text = '';
  const out = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  textLines(out, { LANG: 'C.UTF-8' }).write(JSON.stringify({ ...LINE, ...line }));
  return text.split('\n');
}

it('shows a violation with its trace', () => {
  expect(
    shown({
      violation: '00',
      tenant: 'shop',
      rule: 'fraud-check-required',
      severity: 'critical',
      summary: 'A charge over 1000 passes a fraud check first',
      clause: 'always { name = "fraud.check" } before c',
      trace: 'c3611d5d43650ddd10df157eabfc3ce2',
      service: 'payment',
      basis: 'complete',
    }),
  ).toEqual([
    '08:35:18  ✗ fraud-check-required  critical  A charge over 1000 passes a fraud check first',
    '            broken: always { name = "fraud.check" } before c',
    '            payment · trace c3611d5d43650ddd10df157eabfc3ce2 · complete',
    '',
  ]);
});

it('shows the day on which a window ends where it is another', () => {
  const window = { from: '2026-11-20T00:00:00.000000000Z', to: '2026-11-21T00:00:00.000000000Z' };
  const [, , where] = shown({
    violation: '00',
    rule: 'r',
    severity: 'low',
    clause: 'c',
    ...window,
    value: 1,
  });
  expect(where).toContain('2026-11-20 00:00:00 to 2026-11-21 00:00:00 UTC · value 1');
});

it('shows a violation of many traces with its window', () => {
  expect(
    shown({
      violation: '00',
      tenant: 'shop',
      rule: 'errors-bounded',
      severity: 'high',
      clause: 'always { status = error } | rate() by (resource.service.name) < 0.05',
      from: '2026-11-20T05:00:00.000000000Z',
      to: '2026-11-20T06:00:00.000000000Z',
      series: ['resource.service.name=pay\u001b[2J'],
      value: 2 / 33,
    }),
  ).toEqual([
    '08:35:18  ✗ errors-bounded  high',
    '            broken: always { status = error } | rate() by (resource.service.name) < 0.05',
    '            resource.service.name=pay\\u001b[2J · 2026-11-20 05:00:00 to 06:00:00 UTC · value 0.06061',
    '',
  ]);
});
