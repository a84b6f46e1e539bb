/** What clients get wrong, by mistake or on purpose. Grafana shows the texts, and knows some of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serving } from './serving.js';

const Q = 'q=%7B%7D';
const RATE = 'q=%7B%7D%7Crate()';

describe('a request is refused', () => {
  it.each([
    // Queries
    [`/api/search?q=%7B`, 400, /^invalid TraceQL query: parse error at line 1, col \d+: .*BT1\d{3}/],
    [`/api/search?q=%7B%7D%0A%7C%7C`, 400, /^invalid TraceQL query: parse error at line 2, col \d+/],
    [`/api/search?${RATE}`, 400, /^invalid TraceQL query: .*query_range/],
    [`/api/metrics/query_range?${Q}`, 400, /^invalid TraceQL query: .*\/api\/search/],
    ['/api/metrics/query_range', 400, /parameter q is needed/],
    ['/api/metrics/query', 400, /parameter q is needed/],
    [`/api/search?${Q}&tags=a%3Db`, 400, /can't specify tags and q in the same query/],
    [`/api/search?${Q}&${Q}`, 400, /^invalid q: given more than once/],
    // Limits
    [`/api/search?${Q}&limit=0`, 400, /^invalid limit: must be a positive number/],
    [`/api/search?${Q}&limit=-1`, 400, /^invalid limit: must be a positive number/],
    [`/api/search?${Q}&limit=x`, 400, /^invalid limit: "x" is not a whole number/],
    [`/api/search?${Q}&limit=1e3`, 400, /^invalid limit/],
    [`/api/search?${Q}&limit=99999999999999999999`, 400, /^invalid limit/],
    [`/api/search?${Q}&spss=-1`, 400, /^invalid spss: must be a non-negative number/],
    [`/api/search?${Q}&spss=NaN`, 400, /^invalid spss/],
    [`/api/v2/search/tags?limit=-1`, 400, /^invalid limit/],
    // Ranges
    [`/api/search?${Q}&start=x&end=2`, 400, /^invalid start/],
    [`/api/search?${Q}&start=-5&end=2`, 400, /^invalid start/],
    [`/api/search?${Q}&start=1&end=999999999999999`, 400, /^invalid end/],
    [`/api/search?${Q}&start=5`, 400, /start must be before end. received start=5 end=0/],
    [`/api/search?${Q}&end=5`, 400, /start and end must be given together/],
    [`/api/search?${Q}&start=5&end=5`, 400, /start must be before end. received start=5 end=5/],
    [`/api/v2/search/tags?start=9&end=5`, 400, /start must be before end/],
    [`/api/v2/search/tag/.a/values?start=9&end=5`, 400, /start must be before end/],
    [`/api/traces/1?start=9&end=5`, 400, /start must be before end/],
    [`/api/v2/traces/1?start=abc`, 400, /^invalid start/],
    [`/api/metrics/query_range?${RATE}&start=9&end=5`, 400, /start must be before end/],
    [`/api/metrics/query_range?${RATE}&start=yesterday`, 400, /^could not parse 'start' parameter/],
    [`/api/metrics/query_range?${RATE}&start=2026-13-45T00:00:00Z`, 400, /^could not parse 'start'/],
    [`/api/metrics/query_range?${RATE}&start=-1`, 400, /^could not parse 'start' parameter/],
    [`/api/metrics/query_range?${RATE}&end=9999999999999999999`, 400, /^could not parse 'end' parameter/],
    [`/api/metrics/query_range?${RATE}&since=soon`, 400, /^could not parse 'since' parameter/],
    [`/api/metrics/query_range?${RATE}&since=-1h`, 400, /^could not parse 'since' parameter/],
    ...['query_range', 'query'].flatMap((endpoint): readonly [string, number, RegExp][] => [
      [
        `/api/metrics/${endpoint}?${RATE}&start=1795132800000&end=1795219200000`,
        400,
        /milliseconds are not taken$/,
      ],
      [
        `/api/metrics/${endpoint}?${RATE}&start=1795132800000000&end=1795219200`,
        400,
        /neither seconds nor nano/,
      ],
    ]),
    // Steps and exemplars
    [`/api/metrics/query_range?${RATE}&step=0`, 400, /^invalid step: must be greater than zero/],
    [`/api/metrics/query_range?${RATE}&step=-5s`, 400, /^invalid step/],
    [`/api/metrics/query_range?${RATE}&step=1e999`, 400, /^invalid step: cannot parse "1e999"/],
    [`/api/metrics/query_range?${RATE}&step=a`, 400, /^invalid step: cannot parse "a"/],
    [`/api/metrics/query_range?${RATE}&exemplars=-1`, 400, /^invalid exemplars/],
    // Tags
    ['/api/search?tags=a%3Db+a%3Dc', 400, /^invalid tags: tag a has been set twice/],
    ['/api/search?tags=a%3D%22b', 400, /^invalid tags: .* at pos 1/],
    ['/api/search?tags=%3Db', 400, /^invalid tags/],
    ['/api/search?minDuration=x', 400, /^invalid minDuration: "x"/],
    ['/api/search?minDuration=-1s', 400, /^invalid minDuration/],
    [
      '/api/search?minDuration=2s&maxDuration=1s',
      400,
      /^invalid maxDuration: must be greater than minDuration/,
    ],
    ['/api/v2/search/tags?scope=everything', 400, /^invalid scope: "everything"/],
    // Ids
    ['/api/traces/xyz', 400, /^trace IDs can only contain hex characters: invalid character at position 1/],
    [`/api/traces/${'a'.repeat(33)}`, 400, /^trace IDs can't be larger than 128 bits/],
    ['/api/v2/traces/12%2F..%2F34', 400, /^trace IDs can only contain hex characters/],
    ['/api/v2/traces/%F0%9F%98%80', 400, /^trace IDs can only contain hex characters/],
    [`/api/traces/1?${Q}`, 400, /filtered by \/api\/v2\/traces only/],
    [`/api/v2/traces/1?q=%7B%7D%7Ccount()%3E1`, 400, /^invalid TraceQL filter: .*one \{ … \} alone/],
    [`/api/v2/traces/1?q=%7B%7D%3E%3E%7B%7D`, 400, /^invalid TraceQL filter/],
    [`/api/v2/traces/1?q=%7B`, 400, /^invalid TraceQL query: parse error at line 1/],
    [`/api/v2/traces/1?${Q}&match_depth=-2`, 400, /^invalid value for match_depth: must be >= -1/],
    [`/api/v2/traces/1?${Q}&keep_hierarchy=maybe`, 400, /^invalid value for keep_hierarchy/],
    [`/api/v2/traces/1?${Q}&keep_hierarchy=true&ancestor_depth=-3`, 400, /^invalid value for ancestor_depth/],
    // Paths
    ['/api/traces/', 404, /nothing at/],
    ['/api/search/tag//values', 404, /nothing at/],
    ['/api/nothing', 404, /nothing at/],
    ['/api/v2/traces/%zz', 400, /not valid percent-encoding/],
  ])('%s', async (path, status, text) => {
    const { get, asked } = await serving();
    const response = await get(path);
    const body = await response.text();
    expect([response.status, body]).toEqual([status, expect.stringMatching(text)]);
    // Grafana would show it.
    expect(body).not.toMatch(/\s$/);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(asked).toEqual([]);
  });

  it.each([
    [
      `/api/search?${Q}&start=1&end=604802`,
      /^range specified by start and end exceeds 168h0m0s\. received start=1 end=604802/,
    ],
    ['/api/v2/search/tags?start=1&end=604802', /^range specified by start and end exceeds 168h0m0s/],
    [
      `/api/metrics/query_range?${RATE}&start=1&end=86402`,
      /^metrics query time range exceeds the maximum allowed duration of 24h0m0s/,
    ],
    [
      `/api/metrics/query?${RATE}&start=1&end=86402`,
      /^metrics query time range exceeds the maximum allowed duration of 24h0m0s/,
    ],
  ])('for a range beyond the configured: %s', async (path, text) => {
    const { get } = await serving({}, { 'query.max_search_range': '168h', 'query.max_metrics_range': '24h' });
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(text)]);
  });

  it('for a query beyond the configured length', async () => {
    const { get } = await serving({}, { 'query.max_query': 100 });
    const response = await get(`/api/search?q=%7B+name+%3D+%22${'a'.repeat(100)}%22+%7D`);
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringMatching(/^TraceQL query is too long: 113 bytes, at most 100/),
    ]);
  });

  it.each(['/api/search', '/api/metrics/query_range', '/api/metrics/query'])(
    'for a body that is no form: %s',
    async (path) => {
      const { get, asked } = await serving();
      const headers = { 'Content-Type': 'application/json' };
      const response = await get(path, { method: 'POST', headers, body: '{"q":"{ .a } | rate()"}' });
      expect([response.status, await response.text()]).toEqual([
        415,
        expect.stringContaining('a body must be a form, application/x-www-form-urlencoded'),
      ]);
      expect(asked).toEqual([]);
    },
  );

  it('for a form beyond the configured size', async () => {
    const { get } = await serving({}, { 'http.max_body': '1KiB' });
    const body = new URLSearchParams({ q: `{ name = "${'a'.repeat(2000)}" }` });
    expect((await get('/api/search', { method: 'POST', body })).status).toBe(413);
  });
});

it('whatever the parameters are, an answer or a refusal comes, and never a failure', async () => {
  const { get } = await serving();
  const names = [
    'q',
    'query',
    'tags',
    'start',
    'end',
    'limit',
    'spss',
    'step',
    'since',
    'exemplars',
    'scope',
    'minDuration',
    '__proto__',
  ];
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.constantFrom('0', '-0', '1', '1e9', '0x10', '1.5', '{ }', '{ } | rate()', '15s', 'NaN', '١', '\u0000'),
    fc.integer().map(String),
  );
  const pairs = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 });
  const path = fc.constantFrom(
    'search',
    'metrics/query_range',
    'metrics/query',
    'v2/search/tags',
    'traces/1',
  );
  await fc.assert(
    fc.asyncProperty(path, pairs, async (where, parameters) => {
      const response = await get(`/api/${where}?${new URLSearchParams(parameters)}`);
      await response.arrayBuffer();
      expect([200, 400]).toContain(response.status);
    }),
    { numRuns: 300 },
  );
});

it.each(['/api/traces/1', '/api/v2/traces/1'])(
  '%s refuses a trace that is too large, in both forms',
  async (path) => {
    const { get } = await serving({}, { 'query.max_trace': 300 });
    for (const accept of ['application/json', 'application/protobuf']) {
      const response = await get(path, { headers: { Accept: accept } });
      expect([response.status, await response.text()]).toEqual([
        422,
        expect.stringMatching(/^trace exceeds max size \(max bytes: 300, it has \d+\)/),
      ]);
    }
  },
);
