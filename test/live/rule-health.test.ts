import { expect, it } from 'vitest';
import { decodeTraces } from '../../engine/live/otlp/decode.js';
import { protobufOf } from '../../engine/live/otlp/of-traces.js';
import { RuleHealth } from '../../engine/live/rule-health.js';
import { rulesOf as plansOf, ruleSet } from '../../engine/live/rules/rule-set.js';
import { arrivedSpans } from '../../engine/live/traces/arrived.js';
import type { OpenTrace } from '../../engine/live/traces/open-trace.js';
import { TraceTable } from '../../engine/live/traces/trace-table.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import { span } from '../support/arbitrary/spans.js';
import { rulesOf } from './simulation/rules.js';

function planOf(text: string): RulePlan {
  return plansOf(ruleSet(rulesOf(`rule r { ${text} }`)))[0]!;
}

function traces(count: number): readonly OpenTrace[] {
  const table = new TraceTable(count);
  for (let n = 1; n <= count; n++) {
    const traceId = n.toString(16).padStart(32, '0');
    const batch = decodeTraces(Buffer.from(protobufOf([{ traceId, spans: [span(1, undefined)] }])));
    table.add(arrivedSpans('shop', batch), 1, 0);
  }
  return [...table.values()];
}

it('does not hold against a rule what a text that it had before fails on, in a batch that is under way when it changes', () => {
  const health = new RuleHealth(
    () => 0,
    () => undefined,
  );
  const [before, after] = [planOf('never { name = "a" }'), planOf('never { name = "b" }')];
  const all = traces(4);
  health.restart();
  for (const trace of all.slice(1))
    health.failedAlone('shop', before, trace, false, { code: 'BT3006', message: 'took too long' });
  for (const trace of all) expect(health.admits('shop', before, trace, false)).toBe('no');
  for (const trace of all) expect(health.admits('shop', after, trace, false)).toBe('yes');
});
