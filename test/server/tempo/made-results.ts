/** Results as the engine gives them, with everything in them that has a form of its own in some protocol. */
import type { BlockProblem } from '../../../engine/blocks/problem.js';
import type { MetricsResult } from '../../../engine/query/metrics-result.js';
import type { Inspected, SearchResult } from '../../../engine/query/search-result.js';
import type { TraceResult } from '../../../engine/query/trace-result.js';

export const INSPECTED: Inspected = {
  traces: 1200,
  spans: 13466,
  bytes: 3_000_000_000,
  blocks: 2,
  unread: [],
};

const UNREAD: BlockProblem = {
  code: 'BT4010',
  severity: 'error',
  tenant: 'single-tenant',
  blockId: '3f405dc2-1a2f-430e-b522-de64d72804b1',
  message: 'a page ends early',
};

export const PARTLY_INSPECTED: Inspected = { ...INSPECTED, unread: [UNREAD] };

export const SEARCH: SearchResult = {
  inspected: INSPECTED,
  traces: [
    {
      traceId: '000d1c5f0ef1f8ccaa24415f7d3b3c01',
      rootService: 'frontend',
      rootName: 'POST /checkout',
      start: 1_795_132_800_123_456_789n,
      duration: 1_234_567_890n,
      services: new Map([
        ['frontend', { spans: 3, errors: 1 }],
        ['payment', { spans: 2, errors: 0 }],
        ['__proto__', { spans: 1, errors: 0 }],
      ]),
      spansets: [
        {
          matched: 7,
          attributes: [
            { name: 'by(resource.service.name)', value: 'payment' },
            { name: 'avg(duration)', value: '1.966577633s' },
            { name: 'count()', value: 7n },
          ],
          spans: [
            {
              spanId: '00f067aa0ba902b7',
              name: 'payment.charge_card',
              start: 1_795_132_800_200_000_001n,
              duration: 500_000_000n,
              attributes: [
                { name: 'amount', value: 1234.5 },
                { name: 'retries', value: 0n },
                { name: 'min', value: -(2n ** 63n) },
                { name: 'max', value: 2n ** 63n - 1n },
                { name: 'cached', value: false },
                { name: 'tags', value: ['a', ''] },
                { name: 'none', value: [] },
                { name: 'missing', value: null },
                { name: 'ratio', value: Number.NaN },
                { name: 'empty', value: '' },
              ],
            },
          ],
        },
      ],
    },
    {
      traceId: 'f00d1c5f0ef1f8ccaa24415f7d3b3c02',
      start: 0n,
      duration: 2n ** 62n,
      services: new Map(),
      spansets: [
        { matched: 0, attributes: [], spans: [] },
        {
          matched: 1,
          attributes: [],
          spans: [{ spanId: 'ffffffffffffffff', name: '', start: 1n, duration: 0n, attributes: [] }],
        },
      ],
    },
  ],
};

export const METRICS: MetricsResult = {
  inspected: INSPECTED,
  series: [
    {
      labels: [
        { name: 'resource.service.name', value: 'agent' },
        { name: 'p', value: 0.99 },
      ],
      samples: [
        { timeMs: 1_795_122_000_000, value: 0 },
        { timeMs: 1_795_132_800_000, value: 7.223_245 },
        { timeMs: 1_795_143_600_000, value: Number.NaN },
        { timeMs: 1_795_154_400_000, value: Number.POSITIVE_INFINITY },
      ],
      exemplars: [
        {
          traceId: '0a0d1c5f0ef1f8ccaa24415f7d3b3c01',
          timeMs: 1_795_132_800_001,
          value: 1.5,
          labels: [{ name: 'http.status_code', value: 200n }],
        },
      ],
    },
    { labels: [{ name: 'span.cache.hit', value: false }], samples: [], exemplars: [] },
    { labels: [{ name: 'span.processor', value: null }], samples: [{ timeMs: 0, value: -1 }], exemplars: [] },
  ],
};

const bare = { attributes: [], droppedAttributesCount: 0 };

export const TRACE: TraceResult = {
  traceId: '000d1c5f0ef1f8ccaa24415f7d3b3c01',
  inspected: INSPECTED,
  resourceSpans: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { kind: 'string', value: 'payment' } },
          { key: 'empty', value: { kind: 'empty' } },
        ],
        droppedAttributesCount: 1,
      },
      scopeSpans: [
        {
          scope: { name: 'otel', version: '1.2.3', ...bare },
          spans: [
            {
              spanId: '00f067aa0ba902b7',
              parentSpanId: '',
              traceState: 'ot=th:8',
              name: 'payment.charge_card',
              kind: 2,
              startTimeUnixNano: 1_795_132_800_200_000_001n,
              endTimeUnixNano: 1_795_132_800_700_000_001n,
              attributes: [
                { key: 'zero', value: { kind: 'int', value: 0n } },
                { key: 'min', value: { kind: 'int', value: -(2n ** 63n) } },
                { key: 'false', value: { kind: 'bool', value: false } },
                { key: 'double', value: { kind: 'double', value: -0.5 } },
                { key: 'nothing', value: { kind: 'string', value: '' } },
                { key: 'bytes', value: { kind: 'bytes', value: Uint8Array.of(0, 255, 16) } },
                { key: 'no bytes', value: { kind: 'bytes', value: new Uint8Array() } },
                {
                  key: 'list',
                  value: {
                    kind: 'array',
                    values: [
                      { kind: 'int', value: 1n },
                      { kind: 'string', value: 'two' },
                    ],
                  },
                },
                { key: 'no list', value: { kind: 'array', values: [] } },
                {
                  key: 'map',
                  value: {
                    kind: 'kvlist',
                    values: [{ key: 'inner', value: { kind: 'array', values: [{ kind: 'empty' }] } }],
                  },
                },
              ],
              droppedAttributesCount: 3,
              events: [
                {
                  timeUnixNano: 1_795_132_800_300_000_000n,
                  name: 'exception',
                  attributes: [{ key: 'exception.type', value: { kind: 'string', value: 'TimeoutError' } }],
                  droppedAttributesCount: 0,
                },
              ],
              droppedEventsCount: 2,
              links: [
                {
                  traceId: 'ffffffffffffffffffffffffffffff01',
                  spanId: '1111111111111111',
                  traceState: '',
                  ...bare,
                },
              ],
              droppedLinksCount: 1,
              status: { code: 2, message: 'declined' },
            },
            {
              spanId: '00f067aa0ba902b8',
              parentSpanId: '00f067aa0ba902b7',
              traceState: '',
              name: '',
              kind: 0,
              startTimeUnixNano: 0n,
              endTimeUnixNano: 0n,
              ...bare,
              events: [],
              droppedEventsCount: 0,
              links: [],
              droppedLinksCount: 0,
              status: { code: 0, message: '' },
            },
          ],
        },
      ],
    },
  ],
};
