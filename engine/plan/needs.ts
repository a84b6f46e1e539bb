import type { Intrinsic } from '../language/ast.js';
import { type Expression, type FieldPlan, forEachField, ownerOf } from './expression.js';
import { forEachLateExpression } from './lower-pattern.js';
import type { ConditionPlan, PatternPlan, RulePlan, SpansetPlan, StagePlan } from './plan.js';
import {
  type AttributeKey,
  CHILD_OF,
  type ColumnNeeds,
  type EventColumn,
  type LinkColumn,
  NESTED_COLUMNS,
  type SpanColumn,
} from './schema.js';
import { conditionsOf, forEachExpression, forEachPattern } from './visit.js';

/** Every run needs these: to tell spans apart, to merge fragments of a trace, and to show evidence. */
const ALWAYS: readonly SpanColumn[] = ['span_id', 'parent_id', 'name', 'kind', 'start_ns', 'duration_ns'];
export const SERVICE_NAME: AttributeKey = { scope: 'resource', key: 'service.name' };

const INTRINSIC_COLUMNS: Partial<Record<Intrinsic, SpanColumn>> = {
  'span:status': 'status',
  'span:statusMessage': 'status_message',
  'instrumentation:name': 'scope_name',
  'instrumentation:version': 'scope_version',
  nestedSetLeft: 'nested_left',
  nestedSetRight: 'nested_right',
  nestedSetParent: 'nested_parent',
};

/** What a query reads beside its predicates. */
export interface QueryReads {
  readonly stages: readonly StagePlan[];
  /** Fields that are shown or aggregated. */
  readonly fields: readonly FieldPlan[];
  /** Whether failed spans are counted, as the statistics of services do. */
  readonly status: boolean;
}

/** The columns that the rules read, or a query, sorted. */
export function columnNeeds(
  predicates: readonly Expression[],
  rules: readonly RulePlan[],
  query?: QueryReads,
): ColumnNeeds {
  const spans = new Set<SpanColumn>(ALWAYS);
  const attributes = new Map<string, AttributeKey>([[keyText(SERVICE_NAME), SERVICE_NAME]]);
  const events = { mentioned: false, columns: new Set<EventColumn>(), attributes: new Set<string>() };
  const links = { mentioned: false, columns: new Set<LinkColumn>(), attributes: new Set<string>() };

  /** Which span is the root depends on links. */
  const addRoot = (): void => {
    links.mentioned = true;
    links.columns.add('trace_id');
    links.attributes.add(CHILD_OF.key);
  };
  const addField = ({ source, hop }: FieldPlan): void => {
    if (hop === 'root' || (source.kind === 'intrinsic' && source.name.startsWith('trace:root'))) addRoot();
    const owner = ownerOf(source);
    if (owner === 'event') events.mentioned = true;
    if (owner === 'link') links.mentioned = true;
    if (source.kind === 'attribute') {
      if (source.scope === 'event') events.attributes.add(source.key);
      else if (source.scope === 'link') links.attributes.add(source.key);
      else
        for (const scope of source.scope === 'any' ? (['span', 'resource'] as const) : [source.scope])
          attributes.set(keyText({ scope, key: source.key }), { scope, key: source.key });
      return;
    }
    if (source.name === 'event:name') events.columns.add('name');
    if (source.name === 'event:timeSinceStart') events.columns.add('time_since_start_ns');
    if (source.name === 'link:traceID') links.columns.add('trace_id');
    if (source.name === 'link:spanID') links.columns.add('span_id');
    const column = INTRINSIC_COLUMNS[source.name];
    if (column !== undefined) spans.add(column);
  };
  const addExpression = (expression: Expression): void => forEachField(expression, addField);
  const addStages = (stages: readonly StagePlan[]): void => {
    if (stages.some(stageIsStructural)) for (const column of NESTED_COLUMNS) spans.add(column);
    forEachLateExpression(stages, addExpression);
  };
  const addPattern = ({ stages }: PatternPlan): void => addStages(stages);

  for (const predicate of predicates) addExpression(predicate);
  // Every violation tells the root of its trace, and tells the same whatever rules are beside its own.
  if (rules.length > 0) addRoot();
  for (const rule of rules) {
    for (const { pattern } of rule.bindings) addPattern(pattern);
    const conditions = conditionsOf(rule);
    for (const condition of conditions) {
      forEachPattern(condition, addPattern);
      forEachExpression(condition, addExpression);
    }
    if (conditions.some(relatesByStructure)) for (const column of NESTED_COLUMNS) spans.add(column);
  }
  if (query !== undefined) {
    addStages(query.stages);
    for (const field of query.fields) addField(field);
    if (query.status) spans.add('status');
  }
  return {
    spans: [...spans].sort(),
    spanAttributes: [...attributes.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, attribute]) => attribute),
    ...(events.mentioned
      ? { events: { columns: [...events.columns].sort(), attributes: [...events.attributes].sort() } }
      : {}),
    ...(links.mentioned
      ? { links: { columns: [...links.columns].sort(), attributes: [...links.attributes].sort() } }
      : {}),
  };
}

/** Whether anything that is asked of the cases of a rule compares places in the tree. */
export function readsStructure(rule: Pick<RulePlan, 'when' | 'clauses'>): boolean {
  return conditionsOf(rule).some((condition) => {
    let structural = relatesByStructure(condition);
    forEachPattern(condition, ({ stages }) => {
      structural ||= stages.some(stageIsStructural);
    });
    return structural;
  });
}

function relatesByStructure(condition: ConditionPlan): boolean {
  if (condition.kind === 'relation') return condition.relation === 'under' || condition.relation === 'over';
  if (condition.kind === 'not') return relatesByStructure(condition.operand);
  return (condition.kind === 'and' || condition.kind === 'or') && condition.operands.some(relatesByStructure);
}

function keyText({ scope, key }: AttributeKey): string {
  return `${scope}\0${key}`;
}

function stageIsStructural(stage: StagePlan): boolean {
  return stage.kind === 'spanset' && spansetIsStructural(stage.expression);
}

function spansetIsStructural(spanset: SpansetPlan): boolean {
  if (spanset.kind === 'group') return spanset.stages.some(stageIsStructural);
  if (spanset.kind !== 'operation') return false;
  const structural = spanset.operator !== '&&' && spanset.operator !== '||';
  return structural || spansetIsStructural(spanset.left) || spansetIsStructural(spanset.right);
}
