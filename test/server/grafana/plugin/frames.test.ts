/** Answers of the service as Grafana's tables, for what stored traces do not have. */
import { describe, expect, it } from 'vitest';
import type { TraceJson } from '../../../../engine/answers/trace.js';
import { plainValue } from '../../../../server/grafana/plugin/frames/any-value.js';
import type { Frame } from '../../../../server/grafana/plugin/frames/frame.js';
import { countsFrame, seriesFrames } from '../../../../server/grafana/plugin/frames/series.js';
import { traceFrame } from '../../../../server/grafana/plugin/frames/trace.js';
import { tracesFrame, violationsFrame } from '../../../../server/grafana/plugin/frames/traces.js';

const ASKED = { refId: 'A', uid: 'u', name: 'BeTrace' };

function column({ fields }: Frame, wanted: string): readonly unknown[] | undefined {
  return fields.find(({ name }) => name === wanted)?.values;
}

it.each([
  [{ intValue: '7' }, 7],
  [{ intValue: '9007199254740993' }, '9007199254740993'],
  [{ boolValue: false }, false],
  [{ doubleValue: 'NaN' }, 'NaN'],
  [{ arrayValue: { values: [{ stringValue: 'a' }] } }, '{"values":[{"stringValue":"a"}]}'],
  [{}, null],
  [undefined, null],
])('of the value %j it shows %j', (given, shown) => {
  expect(plainValue(given)).toBe(shown);
});

describe('a search', () => {
  const trace = { traceID: 'a', startTimeUnixNano: '1500000000', spanSets: [{ matched: 2 }, { matched: 3 }] };

  it('says that it may have been cut where it lists as many as were asked for', () => {
    const cut = { severity: 'warning', text: 'Only 2 traces are listed, the newest; there may be more.' };
    const traces = [trace, { traceID: 'b' }];
    expect(tracesFrame({ traces }, 2, ASKED).meta?.notices).toEqual([cut]);
    expect(tracesFrame({ traces }, 3, ASKED).meta?.notices).toBeUndefined();
  });

  it('says how many blocks it could not read', () => {
    const metrics = { completedJobs: 3, totalJobs: 5 };
    const text = '2 of 5 blocks could not be read: there may be more.';
    for (const frame of [tracesFrame({ metrics }, 9, ASKED), violationsFrame({ metrics }, 9, ASKED)])
      expect(frame.meta?.notices).toEqual([{ severity: 'warning', text }]);
    expect(
      tracesFrame({ metrics: { completedJobs: 5, totalJobs: 5 } }, 9, ASKED).meta?.notices,
    ).toBeUndefined();
  });

  it('counts all spans that match, and keeps parts of a millisecond', () => {
    const frame = tracesFrame({ traces: [trace] }, 9, ASKED);
    expect([column(frame, 'matched'), column(frame, 'start')]).toEqual([[5], [1500]]);
  });

  it('without an answer has columns and no rows', () => {
    for (const frame of [tracesFrame({}, 9, ASKED), violationsFrame({}, 9, ASKED)]) {
      expect(frame.fields.length).toBeGreaterThan(5);
      expect(frame.fields.every(({ values }) => values.length === 0)).toBe(true);
    }
  });

  it('of violations has a row for each, though one trace has several', () => {
    const attributes = [{ key: 'rule', value: { stringValue: 'r' } }];
    const spanSets = [
      { attributes, spans: [{ spanID: '1' }, { spanID: '2' }] },
      { attributes, spans: [{ spanID: '3' }] },
    ];
    const frame = violationsFrame({ traces: [{ traceID: 'a', spanSets }] }, 9, ASKED);
    expect([column(frame, 'traceID'), column(frame, 'evidence'), column(frame, 'tags')]).toEqual([
      ['a', 'a'],
      ['1,2', '3'],
      ['r', 'r'],
    ]);
  });
});

describe('metrics', () => {
  const labels = [{ key: 'service', value: { stringValue: 'pay' } }];

  it('are lines with labels; a value that is left out is 0', () => {
    const samples = [{ timestampMs: '1000' }, { timestampMs: '2000', value: 3 }];
    const [line] = seriesFrames({ series: [{ labels, samples }] }, 'A');
    expect(line).toMatchObject({
      name: 'pay',
      fields: [{ values: [1000, 2000] }, { values: [0, 3], labels: { service: 'pay' } }],
      meta: { type: 'timeseries-multi' },
    });
  });

  it('that are not whole say so, though there are none', () => {
    const found = { status: 'PARTIAL', message: 'a block is gone' };
    const notices = [{ severity: 'warning', text: 'Partial: a block is gone' }];
    expect(seriesFrames(found, 'A')[0]?.meta).toEqual({ notices });
    expect(countsFrame({ ...found, series: [{ labels, value: '2' }] }, 'A')).toMatchObject({
      fields: [
        { name: 'service', values: ['pay'] },
        { name: 'value', values: [2] },
      ],
      meta: { notices },
    });
    expect(seriesFrames({ series: [] }, 'A')).toEqual([]);
  });
});

it('a trace keeps microseconds, its events and links, and marks only what is evidence', () => {
  const none = { attributes: [], droppedAttributesCount: 0 };
  const span = (spanId: string) => ({
    ...none,
    traceId: 't',
    spanId,
    parentSpanId: '',
    traceState: '',
    name: spanId,
    kind: 3,
    startTimeUnixNano: '1795211395205000123',
    endTimeUnixNano: '1795211395205001623',
    events: [{ ...none, timeUnixNano: '1795211395205001000', name: 'e' }],
    droppedEventsCount: 0,
    links: [{ ...none, traceId: 'o', spanId: 'p', traceState: '' }],
    droppedLinksCount: 0,
    status: { code: 2, message: 'm' },
  });
  const trace: TraceJson = {
    partial: true,
    resourceSpans: [
      {
        resource: { ...none, attributes: [{ key: 'service.name', value: { stringValue: 'pay' } }] },
        scopeSpans: [{ scope: { ...none, name: '', version: '' }, spans: [span('a'), span('b')] }],
      },
    ],
  };
  const frame = traceFrame(trace, 'A', { evidence: new Set(['b']), rule: 'r' });
  expect(column(frame, 'startTime')).toEqual([1795211395205, 1795211395205]);
  expect(column(frame, 'duration')).toEqual([0.0015, 0.0015]);
  expect(column(frame, 'kind')).toEqual(['client', 'client']);
  expect(column(frame, 'warnings')).toEqual([[], ['BeTrace: evidence for a violation of r']]);
  expect((column(frame, 'logs') as { name: string }[][]).map((logs) => logs.map(({ name }) => name))).toEqual(
    [['e'], ['betrace.violation', 'e']],
  );
  expect(column(frame, 'references')?.[0]).toEqual([{ traceID: 'o', spanID: 'p', tags: [] }]);
  expect(frame.meta?.notices).toHaveLength(1);
});
