import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from './openapi-client.js';
import { type Running, SHOP_RULES, startKept, until } from './support.js';

let running: Running;
let api: ApiClient;

beforeAll(async () => {
  running = await startKept({
    settings: { rules: [SHOP_RULES, overFile()], 'replay.jobs_per_tenant': 5, 'replay.max_violations': 50 },
  });
  api = await ApiClient.of(running);
});
afterAll(() => running.stop());

interface Replay {
  readonly id: string;
  readonly status: string;
  readonly counts: readonly { readonly rule: string; readonly violated: number }[] | null;
  readonly progress: { readonly fraction: number };
  readonly error: string | null;
}

async function finished(id: string): Promise<Replay> {
  let replay: Replay | undefined;
  await until(async () => {
    replay = (await api.ask('GET', `/replays/${id}`)).json as Replay;
    return replay.status !== 'waiting' && replay.status !== 'running';
  }, 'the replay is over');
  return replay as Replay;
}

/** A rule over many traces, in a folder of its own. */
function overFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-over-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'over.betrace');
  writeFileSync(path, 'rule few-errors { over 1h never { status = error } | rate() > 1000 }');
  return path;
}

async function allOver(): Promise<void> {
  await until(async () => {
    const { replays } = (await api.ask('GET', '/replays')).json as { replays: readonly Replay[] };
    return replays.every(({ status }) => status !== 'running' && status !== 'waiting');
  }, 'all are over');
}

const TEXT = 'rule slow-charge {\n  when { name = "payment.charge_card" } as c\n  never c.duration > 1h\n}\n';

describe('rules', () => {
  test('are listed with their settings, classes and revisions', async () => {
    const { json } = await api.ask('GET', '/rules');
    const { rules, files, problem } = json as {
      rules: { id: string; class: { kind: string }; path: string; line: number; text: string }[];
      files: { path: string; state: string }[];
      problem: null;
    };
    expect(rules.map(({ id }) => id)).toContain('double-charge');
    expect(new Set(rules.map((rule) => rule.class.kind))).toEqual(
      new Set(['now', 'deadline', 'closure', 'window']),
    );
    expect(files.every(({ state }) => state === 'current')).toBe(true);
    expect(problem).toBeNull();
    const listed = rules.find(({ id }) => id === 'double-charge');
    expect(listed).toMatchObject({ path: 'queries/shop/payments.betrace' });
    expect((await api.ask('GET', '/rules/double-charge')).json).toEqual(listed);
    expect((await api.ask('GET', '/rules/nobody')).status).toBe(404);
  });

  test('are explained', async () => {
    const { json } = await api.ask('GET', '/rules/double-charge/explain');
    expect(json).toMatchObject({ id: 'double-charge', sql: { scan: expect.stringContaining('SELECT') } });
    expect((await api.ask('GET', '/rules/nobody/explain')).status).toBe(404);
    expect((await api.ask('GET', '/rules/few-errors/explain')).json).toMatchObject({
      id: 'few-errors',
      decidable: null,
      sql: { scan: expect.stringContaining('CREATE') },
    });
  });
});

describe('a query that is written', () => {
  test('gets its kind, mistakes and completions', async () => {
    const { json } = await api.ask('POST', '/language', { query: '{ nme = "a" }', offset: 2 });
    expect(json).toMatchObject({ diagnostics: [expect.anything()] });
  });
});

describe('a text of rules', () => {
  test('is checked, and its sound rules shown', async () => {
    const { json } = await api.ask('POST', '/rules/check', { text: `${TEXT}rule broken { nevr { } }` });
    expect(json).toMatchObject({
      diagnostics: [{ severity: 'error', path: 'request.betrace', range: { start: { line: 5 } } }],
      found: { error: 1, warning: 0, hint: 0 },
      rules: [{ id: 'slow-charge', path: null, line: 1 }],
    });
  });

  test('may use the files that the service has read, and no others of this machine', async () => {
    const check = async (path: string, use: string): Promise<unknown[]> => {
      const text = `use "${use}"\nrule a { never charge }`;
      const { json } = await api.ask('POST', '/rules/check', { text, path });
      return (json as { diagnostics: unknown[] }).diagnostics;
    };
    expect(await check('queries/shop/new.betrace', './names')).toEqual([]);
    expect(await check('queries/security/new.betrace', './names')).not.toEqual([]);
    expect(await check('/etc/new.betrace', './passwd')).not.toEqual([]);
  });

  test('may replace a file that is in force without clashing with it', async () => {
    const { json } = await api.ask('POST', '/rules/check', {
      path: 'queries/shop/payments.betrace',
      text: 'rule double-charge { never { name = "x" } }',
    });
    expect((json as { diagnostics: unknown[] }).diagnostics).toEqual([]);
  });

  test('is explained, unless it has errors', async () => {
    const { json } = await api.ask('POST', '/rules/explain', { text: TEXT });
    expect(json).toMatchObject([{ id: 'slow-charge' }]);
    expect((await api.ask('POST', '/rules/explain', { text: 'rule' })).json).toMatchObject({
      status: 422,
      code: expect.stringMatching(/^BT1/),
    });
    expect((await api.ask('POST', '/rules/explain', { text: '' })).status).toBe(422);
    const disabled = 'rule off { enabled = false never { name = "x" } }';
    expect((await api.ask('POST', '/rules/explain', { text: disabled })).json).toMatchObject([{ id: 'off' }]);
  });

  test('with thousands of mistakes has the first of them listed and all of them counted', async () => {
    const text = Array.from({ length: 3000 }, (_, n) => `rule r { never { name = "a${n}" } }\n`).join('');
    const { json } = await api.ask('POST', '/rules/check', { text });
    const { diagnostics, found } = json as { diagnostics: unknown[]; found: unknown };
    expect(diagnostics).toHaveLength(1000);
    expect(found).toEqual({ error: 2999, warning: 0, hint: 0 });
  });

  test('that is too long is refused', async () => {
    expect((await api.ask('POST', '/rules/check', { text: ' '.repeat(262_145) })).status).toBe(400);
    expect((await api.ask('POST', '/rules/check', { text: ' '.repeat(2_000_000) })).status).toBe(413);
  });
});

describe('a replay', () => {
  test('runs, tells its end, and gives the result of the command', async () => {
    const started = await api.ask('POST', '/replays', { rules: ['double-charge', 'retry-storm'], limit: 1 });
    expect(started.status).toBe(202);
    const { id } = started.json as Replay;
    expect(started.headers.get('location')).toBe(`/betrace/v1/replays/${id}`);
    expect((await finished(id)).counts).toMatchObject([
      { rule: 'double-charge', violated: 2 },
      { rule: 'retry-storm', violated: 5 },
    ]);
    const { json } = await api.ask('GET', `/replays/${id}/result`);
    expect(json).toMatchObject({
      version: 1,
      traces: 3000,
      rules: [
        { id: 'double-charge', violated: 2, violations: [{}], violationsLeftOut: 1 },
        { id: 'retry-storm' },
      ],
    });
    expect((await api.ask('GET', '/rules/double-charge')).json).toMatchObject({
      lastReplay: {
        replay: id,
        violated: 2,
        applicable: 736,
        from: expect.stringMatching(/^2026-11-20T00:00/),
        to: expect.stringMatching(/^2026-11-20T23:59/),
        first: expect.stringMatching(/^2026-11-20T14:51:50/),
      },
    });
    expect(await (await running.get('/plain')).text()).toMatch(
      /double-charge.*<td class="number bad">2<\/td>/,
    );
  });

  test('runs over a window and a text', async () => {
    const { json } = await api.ask('POST', '/replays', {
      text: TEXT,
      from: '2026-11-20T14:00:00Z',
      to: '2026-11-20T15:00:00Z',
    });
    const { id } = json as Replay;
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      from: '2026-11-20T14:00:00.000Z',
      counts: [{ rule: 'slow-charge', violated: 0 }],
    });
    expect((await api.ask('GET', '/replays')).json).toMatchObject({ replays: [{ id }, {}] });
  });

  test('of a rule that somebody changes is of a text that the service gives', async () => {
    const draft = await api.ask('GET', '/rules/double-charge/draft');
    expect(draft.json).toMatchObject({ path: 'queries/shop/trial.betrace' });
    const { id } = (await api.ask('POST', '/replays', { ...(draft.json as object), limit: 1 }))
      .json as Replay;
    expect(await finished(id)).toMatchObject({ counts: [{ rule: 'double-charge', violated: 2 }] });
    expect((await api.ask('GET', '/rules/no-such-rule/draft')).status).toBe(404);
  });

  test('of a text says nothing about the rules in force, though it has their ids', async () => {
    const lastOf = async (): Promise<unknown> =>
      ((await api.ask('GET', '/rules/double-charge')).json as { lastReplay: object }).lastReplay;
    const before = await lastOf();
    const draft = (await api.ask('GET', '/rules/double-charge/draft')).json as object;
    for (const trial of [draft, { text: TEXT.replace('slow-charge', 'double-charge') }]) {
      const body = { ...trial, from: '2026-11-20T23:00:00Z' };
      const { id } = (await api.ask('POST', '/replays', body)).json as Replay;
      expect(await finished(id)).toMatchObject({ status: 'succeeded', counts: [{ rule: 'double-charge' }] });
      expect(await lastOf()).toEqual(before);
    }
  });

  test('tells its progress as events, the last of which is its end', async () => {
    const { id } = (await api.ask('POST', '/replays', { limit: 0 })).json as Replay;
    const response = await running.get(`/betrace/v1/replays/${id}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = eventsOf(await response.text());
    api.seen.add('followReplay 200');
    expect(events.at(-1)).toMatchObject({
      event: 'end',
      data: { status: 'succeeded', progress: { fraction: 1 } },
    });
    const fractions = events.map(({ data }) => data.progress.fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    // Who comes back having seen all gets nothing new, who has missed the end gets it.
    const again = async (last: string): Promise<number> => {
      const answer = await running.get(`/betrace/v1/replays/${id}/events`, {
        headers: { 'last-event-id': last },
      });
      return eventsOf(await answer.text()).length;
    };
    expect(await again(events.at(-1)?.id ?? '')).toBe(0);
    expect(await again(events.at(0)?.id ?? '')).toBe(1);
    for (const odd of ['x', `${id}.99999999999999999999`, '00000000-0000-0000-0000-000000000000.3'])
      expect(await again(odd)).toBe(1);
    expect((await api.ask('GET', '/replays/x/events')).status).toBe(404);
  });

  test('is cancelled, then forgotten', async () => {
    // One runs at a time, so that the second waits.
    const [first, second] = (
      await Promise.all([api.ask('POST', '/replays', {}), api.ask('POST', '/replays', {})])
    ).map(({ json }) => (json as Replay).id);
    for (const id of [second, first]) {
      const { status } = await api.ask('DELETE', `/replays/${id}`);
      expect(status).toBe(202);
      expect(await finished(id ?? '')).toMatchObject({
        status: 'cancelled',
        error: 'cancelled on request',
        counts: null,
      });
      expect((await api.ask('GET', `/replays/${id}/result`)).status).toBe(409);
      expect((await api.ask('DELETE', `/replays/${id}`)).status).toBe(204);
      for (const path of ['', '/result'])
        expect((await api.ask('GET', `/replays/${id}${path}`)).status).toBe(404);
      expect((await api.ask('DELETE', `/replays/${id}`)).status).toBe(404);
    }
  });

  test('of rules that are not there, or of a wrong window, is not started', async () => {
    expect((await api.ask('POST', '/replays', { rules: ['double-charg'] })).json).toMatchObject({
      detail: expect.stringContaining('Did you mean "double-charge"?'),
    });
    expect((await api.ask('POST', '/replays', { text: 'rule x' })).status).toBe(422);
    expect((await api.ask('POST', '/replays', { from: 'tomorrow' })).status).toBe(400);
    expect((await api.ask('POST', '/replays', { from: '2026-01-02', to: '2026-01-01' })).status).toBe(400);
    expect((await api.ask('POST', '/replays', { limit: 51 })).status).toBe(400);
  });

  test('makes room among those that are over, and only among those', async () => {
    await allOver();
    const ids: string[] = [];
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const { status, json } = await api.ask('POST', '/replays', {});
      statuses.push(status);
      if (status === 202) ids.push((json as Replay).id);
    }
    expect(statuses.slice(0, 5)).toEqual([202, 202, 202, 202, 202]);
    expect(statuses).toContain(429);
    for (const id of [...ids].reverse()) await api.ask('DELETE', `/replays/${id}`);
    await allOver();
    expect((await api.ask('POST', '/replays', {})).status).toBe(202);
  });
});

describe('a rule over many traces', () => {
  test('is replayed and asked for its violations like any other', async () => {
    const { id } = (await api.ask('POST', '/replays', { rules: ['few-errors'] })).json as Replay;
    expect(await finished(id)).toMatchObject({ counts: [{ rule: 'few-errors', violated: 0 }] });
    expect((await api.ask('GET', `/replays/${id}/result`)).json).toMatchObject({
      rules: [],
      overRules: [{ id: 'few-errors' }],
    });
    expect((await api.ask('GET', '/violations?rule=few-errors')).json).toMatchObject({
      overRules: [{ violated: 0 }],
    });
    expect((await api.ask('GET', '/rules/few-errors')).json).toMatchObject({
      class: { kind: 'window', afterNs: 3.6e12 },
      lastReplay: { violated: 0 },
    });
  });
});

describe('stored traces', () => {
  test('show the violations of a rule with their evidence, and each its trace', async () => {
    const { json } = await api.ask('GET', '/violations?rule=double-charge&limit=2');
    const { violations } = (
      json as { rules: { violations: { traceId: string; evidence: { spanId: string }[] }[] }[] }
    ).rules[0]!;
    expect(violations).toHaveLength(2);
    const trace = await api.ask('GET', `/traces/${violations[0]?.traceId}`);
    const text = JSON.stringify(trace.json);
    for (const { spanId } of violations[0]?.evidence ?? []) expect(text).toContain(`"spanId":"${spanId}"`);
    // Zeros in front may be left out, and letters be large.
    expect((await api.ask('GET', `/traces/${violations[0]?.traceId.toUpperCase()}`)).json).toEqual(
      trace.json,
    );
  });

  test('are asked within a window', async () => {
    const { json } = await api.ask(
      'GET',
      '/violations?rule=double-charge&from=2026-11-20T15:00:00Z&to=2026-11-20T16:00:00Z',
    );
    expect(json).toMatchObject({ rules: [{ violated: 1 }] });
  });

  test('that are not there are not found', async () => {
    expect((await api.ask('GET', '/traces/abcdef')).status).toBe(404);
    expect((await api.ask('GET', '/violations?rule=nobody')).status).toBe(404);
    expect((await api.ask('GET', '/violations')).status).toBe(400);
  });
});

describe('the catalogue', () => {
  test('has attributes by scope and prefix, their values, names of spans and services', async () => {
    await until(
      async () => ((await api.ask('GET', '/schema/attributes')).json as { complete: boolean }).complete,
      'all blocks are counted',
    );
    const { json } = await api.ask('GET', '/schema/attributes?scope=span&prefix=HTTP.re&limit=1');
    expect(json).toMatchObject({
      complete: true,
      spans: 28_786,
      attributes: [{ scope: 'span', key: 'http.request.method', types: ['string'] }],
    });
    expect(
      (await api.ask('GET', '/schema/values?scope=span&key=http.response.status_code&limit=2')).json,
    ).toMatchObject({ values: [{ value: '200', type: 'int' }, {}] });
    expect((await api.ask('GET', '/schema/values?scope=span&key=nothing')).json).toMatchObject({
      values: [],
    });
    expect((await api.ask('GET', '/schema/span-names?prefix=pay')).json).toMatchObject({
      values: [{ value: 'payment.charge_card' }],
    });
    expect((await api.ask('GET', '/schema/services?limit=1')).json).toMatchObject({
      values: [{ value: 'postgres' }],
    });
  });
});

test('rules are proposed, ready for a file, about one service where that is asked', async () => {
  const { status, json } = await api.ask('POST', '/discover', { service: 'email', limit: 2 });
  expect(status).toBe(200);
  const { rules, file } = json as { rules: readonly { id: string; text: string }[]; file: string };
  expect(rules).toHaveLength(2);
  for (const { id, text } of rules) {
    expect(text).toContain(`rule ${id} {`);
    expect(file).toContain(text.trimEnd());
  }
  expect(file).toMatch(/^\/\/ 3,000 traces, 28,786 spans of single-tenant\n/);
  expect((await api.ask('POST', '/rules/check', { text: file })).json).toMatchObject({ diagnostics: [] });
  expect((await api.ask('POST', '/discover', { limit: 0 })).status).toBe(400);
});

test('no evidence is kept where none is configured, and what changes can be followed', async () => {
  expect((await api.ask('GET', '/evidence?period=quarter&first=2026-10-01&last=2026-12-31')).json).toEqual({
    ...{ enabled: false, problem: null, first: '2026-10-01', last: '2026-12-31' },
    ...{ head: null, controls: [], rules: [] },
  });
  expect((await api.ask('GET', '/evidence?period=week')).status).toBe(400);
  // The stream itself is held by tests of its own.
  const left = new AbortController();
  const { headers } = await running.get('/betrace/v1/events', { signal: left.signal });
  left.abort();
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  api.seen.add('followChanges 200');
});

test('the service says what it is', async () => {
  expect((await api.ask('GET', '/info')).json).toMatchObject({
    version: '1.2.3',
    tenant: 'single-tenant',
    rules: { inForce: 13, disabled: 0, faultyFiles: 0 },
  });
});

describe('the document', () => {
  const operations = (): {
    path: string;
    method: string;
    operation: {
      operationId: string;
      parameters: { name?: string; in?: string; schema?: { type?: string } }[];
      requestBody?: { content: Record<string, { schema: object }> };
      responses: Record<string, unknown>;
    };
  }[] =>
    Object.entries(api.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as never })),
    );

  test('names each operation once', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has JSON Schemas for what operations take', () => {
    const ajv = new Ajv2020();
    for (const { operation } of operations()) {
      const bodies = Object.values(operation.requestBody?.content ?? {});
      for (const { schema } of [...operation.parameters, ...bodies])
        if (schema !== undefined)
          expect([ajv.validateSchema(schema), ajv.errors ?? []], operation.operationId).toEqual([true, []]);
    }
  });

  test('has no operation whose answers these tests have not seen', () => {
    const common = ['400', '401', '403', '413', '415', '429', '503', '504'];
    const documented = operations().flatMap(({ operation }) =>
      Object.keys(operation.responses)
        .filter((status) => !common.includes(status))
        .map((status) => `${operation.operationId} ${status}`),
    );
    // A question that needs too much memory takes more data than a test has.
    expect(documented.filter((answer) => !api.seen.has(answer))).toEqual([
      'listViolations 422',
      'discoverRules 422',
    ]);
  });

  test('has every parameter that is taken, and no other is', async () => {
    for (const { path, method, operation } of operations()) {
      const url = `/betrace/v1${path.replace('{id}', 'double-charge')}`;
      const post =
        method === 'post' ? { body: '{"text":""}', headers: { 'content-type': 'application/json' } } : {};
      const refused = await running.get(`${url}?undocumented=1`, { method: method.toUpperCase(), ...post });
      expect([operation.operationId, refused.status]).toEqual([operation.operationId, 400]);
      for (const { name, schema } of operation.parameters.filter(
        (parameter) => parameter.in === 'query' && parameter.schema?.type === 'integer',
      )) {
        const odd = await running.get(`${url}?${name}=x`, { method: method.toUpperCase(), ...post });
        expect([name, schema, odd.status]).toEqual([name, schema, 400]);
      }
    }
  });

  test('has every method that is answered, and no other is', async () => {
    for (const [path, methods] of Object.entries(api.document.paths))
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
        (name) => !(name.toLowerCase() in methods),
      )) {
        const { status } = await running.get(`/betrace/v1${path.replace('{id}', 'a')}`, { method });
        expect([method, path, status]).toEqual([method, path, 404]);
      }
  });
});

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: Replay;
}

function eventsOf(text: string): readonly Event[] {
  return text
    .split('\n\n')
    .filter((part) => part.startsWith('id: '))
    .map((part) => {
      const fields = Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s, 2)));
      return { id: fields.id, event: fields.event, data: JSON.parse(fields.data) as Replay };
    });
}
