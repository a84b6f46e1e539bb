import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, SHOP, SHOP_RULES, startKept } from '../service/support.js';
import { type Agent, connect } from './support.js';

const DAY = { start: '2026-11-20', end: '2026-11-21' };
const NEW_RULE = 'rule slow { never { name = "payment.charge_card" && duration > 100ms } }';

const truth = JSON.parse(readFileSync(join(SHOP, 'truth.json'), 'utf8')).truth as Record<
  string,
  readonly string[]
>;

let running: Running;
let agent: Agent;
beforeAll(async () => {
  running = await startKept({ settings: { rules: [SHOP_RULES] } });
  agent = await connect(running.url);
});
afterAll(async () => {
  await agent.client.close();
  await running.stop();
});

test('what is offered says that it only reads, and has the names that Tempo has for the same', async () => {
  const { tools } = await agent.client.listTools();
  const names = tools.map(({ name }) => name);
  // modules/frontend/mcp.go of Tempo
  for (const name of [
    'traceql-search',
    'traceql-metrics-instant',
    'traceql-metrics-range',
    'get-trace',
    'get-attribute-names',
    'get-attribute-values',
  ])
    expect(names).toContain(name);
  expect(new Set(names).size).toBe(names.length);
  const ajv = new Ajv2020();
  for (const { annotations, description, inputSchema } of tools) {
    expect([ajv.validateSchema(inputSchema), ajv.errors ?? []]).toEqual([true, []]);
    expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    expect(description).not.toBe('');
    for (const property of Object.values(inputSchema.properties ?? {}))
      expect(property).toHaveProperty(['description']);
  }
  const readme = readFileSync(new URL('../../../server/mcp/README.md', import.meta.url), 'utf8');
  expect([...readme.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)).toEqual(names);
  expect(agent.client.getInstructions()).toContain('betrace-rules');
});

describe('rules', () => {
  test('are listed in short, and one is shown whole', async () => {
    const { rulesInForce, rules, filesWithMistakes } = await agent.call('betrace-rules');
    expect(rulesInForce).toBe(rules.length);
    expect(filesWithMistakes).toEqual([]);
    expect(rules).toContainEqual(
      expect.objectContaining({ id: 'double-charge', severity: 'critical', owner: 'payments' }),
    );
    expect(await agent.call('betrace-rules', { rule: 'double-charge' })).toMatchObject({
      text: expect.stringContaining('span.idempotency.key'),
    });
    expect(await agent.refused('betrace-rules', { rule: 'nobody' })).toContain('no rule in force');
  });

  test('have violations, all of which are counted whatever is listed', async () => {
    const { rules } = await agent.call('betrace-violations', { rule: 'n-plus-one', limit: 1, ...DAY });
    expect(rules).toMatchObject([
      { violated: truth['n-plus-one']?.length, violations: [{ traceId: expect.any(String) }] },
    ]);
    expect(rules[0].violationsLeftOut).toBe(rules[0].violated - 1);
  });

  test('are checked, with what to write instead', async () => {
    expect(await agent.call('betrace-check', { text: 'rule a { nevr { } }' })).toMatchObject({
      found: { error: 1 },
      diagnostics: [{ code: 'BT1012', fixes: [{ title: 'Write never' }] }],
    });
  });

  test('of a new text are replayed, and say how far they are', async () => {
    const heard: number[] = [];
    const result = await agent.client.callTool(
      { name: 'betrace-replay', arguments: { text: NEW_RULE, limit: 2, ...DAY } },
      undefined,
      { onprogress: ({ progress }) => heard.push(progress) },
    );
    const [content] = result.content as readonly { readonly text: string }[];
    const { rules, traces } = JSON.parse(content?.text ?? '');
    const [{ id, violated, violations }] = rules;
    expect({ id, traces }).toEqual({ id: 'slow', traces: 3000 });
    expect(violated).toBeGreaterThan(100);
    expect(violations).toHaveLength(2);
    expect(heard.at(-1)).toBe(1);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
  });

  test('that are not there, or are wrong, are refused with what to do', async () => {
    expect(await agent.refused('betrace-replay', { rules: ['nobody'] })).toContain('BT5021');
    expect(await agent.refused('betrace-replay', { text: 'rule a { nevr { } }' })).toContain('BT1012');
    expect(await agent.refused('betrace-replay', { start: 'soon' })).toContain('is not a time');
    expect(await agent.refused('betrace-explain')).toContain('arguments');
  });

  test('are explained, in force or new', async () => {
    expect(await agent.call('betrace-explain', { rule: 'double-charge' })).toMatchObject({
      rules: [{ id: 'double-charge', decidable: { kind: 'now' } }],
    });
    expect(await agent.call('betrace-explain', { text: NEW_RULE })).toMatchObject({
      rules: [{ id: 'slow' }],
    });
  });

  test('are proposed, with tests', async () => {
    const { rules, leftOut, file } = await agent.call('betrace-discover', { limit: 2, ...DAY });
    expect(rules).toHaveLength(2);
    expect(leftOut).toBeGreaterThan(0);
    expect(rules[0].text).toContain('expect pass');
    expect(file).toBeUndefined();
  });
});

describe('queries', () => {
  test('find traces, and say whether there are more', async () => {
    const query = '{ status = error } | by(name)';
    const { more, traces } = await agent.call('traceql-search', { query, limit: 2 });
    expect(more).toBe(true);
    expect(traces).toHaveLength(2);
    expect(traces[0].spansets[0]).toMatchObject({ matched: 1, by: { 'by(name)': 'POST /checkout' } });
    const all = await agent.call('traceql-search', { query, limit: 100 });
    expect(all.more).toBe(false);
    expect(all.traces.slice(0, 2)).toEqual(traces);
  });

  test('find the violations of rules in force and of new ones', async () => {
    const ids = async (query: string) => {
      const { traces } = await agent.call('traceql-search', { query, limit: 100, ...DAY });
      return (traces as readonly { traceId: string }[]).map(({ traceId }) => traceId).sort();
    };
    expect(await ids('violations of double-charge')).toEqual([...(truth['double-charge'] ?? [])].sort());
    expect(await ids('never { name = "db.query" } | count() > 1000')).toEqual([]);
  });

  test('give series and values', async () => {
    const query = '{ } | count_over_time() by (resource.service.name)';
    const { series, seriesFound } = await agent.call('traceql-metrics-instant', { query, ...DAY });
    expect(seriesFound).toBe(series.length);
    expect(series).toContainEqual({ labels: { 'resource.service.name': 'cache' }, value: 6604 });
    const range = await agent.call('traceql-metrics-range', { query: '{ } | count_over_time()', ...DAY });
    const counts = (range.series[0].samples as readonly (readonly [string, number])[]).map(
      ([, value]) => value,
    );
    expect(range.stepSeconds).toBe(1440);
    expect(counts.reduce((sum, value) => sum + value, 0)).toBe(28_786);
  });

  test('look at the hour before the newest data where no start is named', async () => {
    const { range } = await agent.call('traceql-metrics-instant', { query: '{ } | count_over_time()' });
    expect(Date.parse(range.end) - Date.parse(range.start)).toBe(3_600_000);
    expect(range.end).toMatch(/^2026-11-2/);
  });

  test('are sent to the tool that answers them, and their mistakes have a place', async () => {
    expect(await agent.refused('traceql-search', { query: '{ } | rate()' })).toContain(
      'traceql-metrics-range',
    );
    expect(await agent.refused('traceql-metrics-instant', { query: '{ }' })).toContain('traceql-search');
    expect(await agent.refused('traceql-search', { query: '{ name = }' })).toMatch(/line 1, col 10.*BT1/);
    expect(await agent.refused('traceql-metrics-range', { query: '{ } | rate()', step: 'x' })).toContain(
      'step',
    );
  });

  test('get a whole trace', async () => {
    const [id = ''] = truth['double-charge'] ?? [];
    const { spansFound, spans, resources } = await agent.call('get-trace', {
      trace_id: id.replace(/^0+/, ''),
    });
    expect(spans).toHaveLength(spansFound);
    const charges = (spans as readonly { name: string; attributes: Record<string, unknown> }[]).filter(
      ({ name }) => name === 'payment.charge_card',
    );
    expect(new Set(charges.map(({ attributes }) => attributes['idempotency.key'])).size).toBeLessThan(
      charges.length,
    );
    expect(resources.length).toBeGreaterThan(1);
    expect(await agent.refused('get-trace', { trace_id: '12' })).toContain('no block holds');
  });
});

test('attributes have names and values with how many spans have them', async () => {
  const { scopes } = await agent.call('get-attribute-names', { scope: 'resource' });
  expect(scopes).toMatchObject([{ scope: 'resource', names: 9 }]);
  expect(scopes[0].attributes).toContainEqual({ name: 'service.name', count: 28_786 });
  const values = await agent.call('get-attribute-values', {
    name: 'name',
    'filter-query': '{ resource.service.name = "payment" }',
  });
  expect(values.valuesFound).toBe(values.values.length);
  expect(values.values).toContainEqual({
    value: 'payment.charge_card',
    type: 'string',
    count: expect.any(Number),
  });
  expect(values.values).not.toContainEqual(expect.objectContaining({ value: 'db.query' }));
});

test('the reference is there by sections, as a tool and as resources', async () => {
  const { sections, text } = await agent.call('betrace-docs');
  expect(text).toContain('charge-needs-fraud-check');
  const { resources } = await agent.client.listResources();
  expect(resources).toHaveLength(sections.length);
  const rules = await agent.call('betrace-docs', { section: 'Rules' });
  const { contents } = await agent.client.readResource({ uri: 'docs://betrace/rules' });
  expect(contents).toMatchObject([{ text: rules.text }]);
  await expect(agent.client.readResource({ uri: 'docs://betrace/x' })).rejects.toThrow('no resource');
});

test('calls are counted by tool and by how they ended', async () => {
  expect(
    await running.metric('betrace_mcp_calls_total', { tool: 'get-trace', outcome: 'answered' }),
  ).toBeGreaterThan(0);
  expect(
    await running.metric('betrace_mcp_calls_total', { tool: 'get-trace', outcome: 'refused' }),
  ).toBeGreaterThan(0);
});
