/**
 * What is different about the cases that violate a rule. One more pass over the traces judges the violated rules again and keeps which
 * spans their cases have; a second one asks these spans for what they carry.
 */
import { allColumns } from '../../blocks/cache/column-sets.js';
import type { ResolvedRule } from '../../language/link/resolved.js';
import { planFlowRules, planRules } from '../../plan/lower/lower.js';
import type { Plan } from '../../plan/plan.js';
import type { AttributeKey, ColumnNeeds, StoredScope } from '../../plan/schema.js';
import { ofKind } from '../../shared/of-kind.js';
import { type AllTraces, attributeKeys, overShares } from '../../spans/traces.js';
import { INTRINSICS, type SpanField } from '../../sql/differences/fields.js';
import type { RuleDifferences } from '../../verdicts/differences.js';
import type { JudgedRule } from '../../verdicts/judged-rule.js';
import { flowTraces } from '../flows/replay-flows.js';
import { Comparison, type Fields } from './comparison.js';

/** Of more fields those are left out that come last: of events and links, and then by scope and name. */
const MOST_FIELDS = 400;

export type DifferencesOptions = AllTraces & {
  readonly rules: readonly ResolvedRule[];
  /** What came of them. */
  readonly judged: readonly JudgedRule[];
  readonly ruleLimitMs?: number;
};

/** By the id of the rule: of those about traces, alone or across them, that some cases violate and others passed. */
export async function differences(
  options: DifferencesOptions,
): Promise<ReadonlyMap<string, RuleDifferences>> {
  const comparable = new Set(
    options.judged.flatMap((judgedRule) =>
      judgedRule.violated > 0 && judgedRule.passed > 0 && judgedRule.problem === undefined
        ? [judgedRule.rule.id]
        : [],
    ),
  );
  const rules = options.rules.filter(({ item }) => comparable.has(item.id.text));
  const [traceRules, flowRules] = [ofKind(rules, 'trace'), ofKind(rules, 'flow')];
  if (traceRules.length + flowRules.length === 0) return new Map();
  const fields = await fieldsOf(options);
  const found: (readonly [string, RuleDifferences])[] = [];
  if (traceRules.length > 0) {
    const plan = planRules(traceRules);
    const traces = { ...options, window: { ...options.window, withoutOwn: true } };
    await overShares(traces, needsOf(plan, fields), async (runs) => {
      found.push(
        ...(await new Comparison(runs, plan, fields, options.judged, options.memory).ofTraces(options)),
      );
    });
  }
  if (flowRules.length > 0) {
    const plan = planFlowRules(flowRules);
    await overShares(flowTraces<AllTraces>(options, plan), needsOf(plan, fields), async (runs) => {
      found.push(
        ...(await new Comparison(runs, plan, fields, options.judged, options.memory).ofFlows(options)),
      );
    });
  }
  return new Map(found);
}

async function fieldsOf(traces: AllTraces): Promise<Fields> {
  const keys = await attributeKeys(traces);
  const isOfItem = ({ scope }: AttributeKey): boolean => scope === 'event' || scope === 'link';
  const inOrder = [...keys.filter((key) => !isOfItem(key)), ...keys.filter(isOfItem)];
  const attributes = inOrder.map((attribute): SpanField => ({ kind: 'attribute', attribute }));
  return {
    all: [...INTRINSICS, ...attributes.slice(0, MOST_FIELDS)],
    leftOut: Math.max(0, attributes.length - MOST_FIELDS),
  };
}

function needsOf({ needs }: Plan, { all }: Fields): ColumnNeeds {
  const attributes = all.flatMap((field) => (field.kind === 'attribute' ? [field.attribute] : []));
  const keysOf = (wanted: StoredScope): readonly string[] =>
    attributes.flatMap(({ scope, key }) => (scope === wanted ? [key] : []));
  const links = keysOf('link');
  return allColumns([
    needs,
    {
      spans: ['name', 'kind', 'status'],
      spanAttributes: attributes.filter(({ scope }) => scope !== 'event' && scope !== 'link'),
      events: { columns: ['name'], attributes: keysOf('event') },
      ...(links.length === 0 ? {} : { links: { columns: [], attributes: links } }),
    },
  ]);
}
