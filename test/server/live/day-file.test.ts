/** What was vacuous on the day is known after a restart too, whether evidence is kept or not. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newKey } from '../../../engine/evidence/keys.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { type Running, startKept, temporaryDirectory } from '../service/support.js';

const ASKED = 'rule asked { when { name = "chat" } never { span.model = "x" } }';
/** Settings of a service in a folder of its own. Traces are over at once, so that none of them is judged again after a restart. */
function settingsIn(
  directory: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  writeFileSync(join(directory, 'live.betrace'), ASKED);
  return {
    rules: [join(directory, 'live.betrace')],
    'otlp.http_port': 0,
    'live.directory': join(directory, 'state'),
    'live.complete_after': '200ms',
    'live.quiet_after': '200ms',
    'live.grace': '200ms',
    ...more,
  };
}

const vacuous = (service: Running): Promise<number> =>
  service.metric('betrace_rule_vacuous_cases', { rule: 'asked', severity: 'medium' });

/** Two cases that could not have failed. */
async function sendChats(service: Running): Promise<void> {
  const traces = [1, 2].map((n) => ({
    traceId: traceId(n),
    spans: [span(1, undefined, { name: 'chat' })],
  }));
  const response = await fetch(`http://127.0.0.1:${service.live!.httpPort}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(protobufOf(traces)),
  });
  expect(response.status).toBe(200);
  await expect.poll(() => vacuous(service)).toBe(2);
  await expect.poll(() => service.metric('betrace_open_traces')).toBe(0);
}

it.each([
  ['without evidence', false],
  ['with evidence', true],
])('tells after a restart what was vacuous on this day, %s', async (_, evidence) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'k.pem'), newKey());
  const kept = { 'evidence.enabled': true, 'evidence.key_file': join(directory, 'k.pem') };
  const settings = settingsIn(directory, evidence ? kept : {});
  const service = await startKept({ settings });
  expect(await vacuous(service)).toBe(0);
  await sendChats(service);
  await service.stop();

  const again = await startKept({ settings });
  expect(await vacuous(again)).toBe(2);
  const { live } = (await (await again.get('/betrace/v1/rules/asked')).json()) as {
    readonly live: { readonly vacuousToday: number; readonly vacuousClauses: readonly string[] };
  };
  expect(live.vacuousToday).toBe(2);
  expect(live.vacuousClauses.join()).toContain('span.model');
  await again.stop();
});

it('begins anew where the rule is another, and where the file is no such file', async () => {
  const directory = temporaryDirectory();
  const settings = settingsIn(directory);
  const service = await startKept({ settings });
  await sendChats(service);
  await service.stop();
  const file = join(directory, 'state', 'day.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 1, days: [{ rule: 'asked' }] });

  writeFileSync(join(directory, 'live.betrace'), ASKED.replace('span.model', 'span.other'));
  const changed = await startKept({ settings });
  expect(await vacuous(changed)).toBe(0);
  await changed.stop();

  writeFileSync(file, '{"version":9}');
  const broken = await startKept({ settings });
  expect(await vacuous(broken)).toBe(0);
  expect(broken.log.join('')).toContain('what was vacuous before the start is not known');
  await broken.stop();
});
