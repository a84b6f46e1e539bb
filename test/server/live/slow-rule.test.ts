/** What is too large for a rule is named and counted, the rule stopped for a while; the others are judged as if it were not there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { traceId } from '../../support/arbitrary/spans.js';
import { CHECKED, send, serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

/** Four spans of some hundreds, in every combination. */
const SLOW =
  'rule slow { when { } as a and { } as b and { } as c and { } as d always a.span.x + b.span.x + c.span.x + d.span.x > 1 }';
const MANY = Array.from({ length: 400 }, () => 'other');

it('stops the slow rule, says so, and continues with the others', async () => {
  const receiver = await startReceiver();
  const serving = await serve({
    rules: `${CHECKED}\n${SLOW}`,
    export: receiver.url,
    settings: { 'live.rule_timeout': '1s', 'live.judge_memory': '256MiB' },
  });
  const violated: string[] = [];
  const violate = async (): Promise<void> => {
    violated.push(traceId(violated.length + 1));
    expect(await send(serving, traceNow(violated.length, 'charge', ...MANY))).toBe(200);
    await expect.poll(() => receiver.violated()).toEqual(violated);
  };
  for (let n = 0; n < 3; n++) await violate();
  const rule = { rule: 'slow' };
  await expect.poll(() => serving.metric('betrace_rule_stopped', rule)).toBe(1);
  expect(await serving.metric('betrace_rule_too_large_total', rule)).toBe(3);
  expect(await serving.metric('betrace_rule_stopped', { rule: 'checked' })).toBe(0);
  for (const id of violated)
    expect(serving.log()).toMatch(
      new RegExp(`"trace":"${id}"[^\\n]*"msg":"cannot tell: the trace is too large`),
    );
  expect(serving.log()).toContain('"msg":"a rule is stopped for a while');
  const stopped = async (): Promise<unknown> => {
    const response = await fetch(`${serving.url}/betrace/v1/rules/slow`);
    return ((await response.json()) as { live: { stopped: unknown } }).live.stopped;
  };
  expect(await stopped()).toMatch(/\(BT300\d\); traces of 401 spans or more are tried again within 10 s$/);

  await violate();
  const withoutVerdict = async (): Promise<number> =>
    (await serving.metric('betrace_rule_too_large_total', rule)) +
    (await serving.metric('betrace_rule_stopped_traces_total', rule));
  await expect.poll(withoutVerdict).toBe(4);
  // Rules that change get another chance.
  writeFileSync(
    join(serving.directory, 'rules.betrace'),
    `${CHECKED}\nrule slow { never { name = "nobody" } }`,
  );
  await expect.poll(stopped).toBeNull();
  await violate();
  await expect.poll(() => serving.metric('betrace_rule_passed_total', rule)).toBeGreaterThan(0);
  expect(await serving.stop()).toBe(0);
});
