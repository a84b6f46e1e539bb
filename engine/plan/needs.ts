import type { AttributeScope } from '../language/tree/ast.js';
import { RELATIONS } from '../language/words/words.js';
import { type Expression, type FieldPlan, forEachField, ownerOf } from './expression.js';
import { READ_FROM, type ReadFrom } from './intrinsic-reads.js';
import { forEachLateExpression } from './lower/lower-pattern.js';
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

/** What a query reads in addition to its predicates. */
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
  const needs = new Needs();
  const addExpression = (expression: Expression): void =>
    forEachField(expression, (field) => needs.addField(field));
  const addStages = (stages: readonly StagePlan[]): void => {
    if (stages.some(stageIsStructural)) needs.addSpans(NESTED_COLUMNS);
    forEachLateExpression(stages, addExpression);
  };
  const addPattern = ({ stages }: PatternPlan): void => addStages(stages);

  for (const predicate of predicates) addExpression(predicate);
  // Every violation names the root of its trace, and names the same one whatever other rules are in the run.
  if (rules.length > 0) needs.addRoot();
  for (const rule of rules) {
    for (const { pattern } of rule.bindings) addPattern(pattern);
    const conditions = conditionsOf(rule);
    for (const condition of conditions) {
      forEachPattern(condition, addPattern);
      forEachExpression(condition, addExpression);
    }
    if (conditions.some(relatesByStructure)) needs.addSpans(NESTED_COLUMNS);
    if (rule.flow?.kind === 'key') {
      for (const { field } of rule.flow.fields) needs.addField(field);
      // Of which span above it a span has its key, its place in the tree tells.
      needs.addSpans(NESTED_COLUMNS);
    }
  }
  if (query !== undefined) {
    addStages(query.stages);
    for (const field of query.fields) needs.addField(field);
    if (query.status) needs.addSpans(['status']);
  }
  return needs.sorted();
}

/** The columns of `needs` and of more fields. */
export function needsWith(needs: ColumnNeeds, fields: readonly FieldPlan[]): ColumnNeeds {
  const more = new Needs(needs);
  for (const field of fields) more.addField(field);
  return more.sorted();
}

/** Columns of events or links, once any field of theirs is mentioned. */
interface ItemNeeds<C> {
  mentioned: boolean;
  readonly columns: Set<C>;
  readonly attributes: Set<string>;
}

/** Collects what fields are read from. */
class Needs {
  private readonly spans: Set<SpanColumn>;
  private readonly attributes: Map<string, AttributeKey>;
  private readonly events: ItemNeeds<EventColumn>;
  private readonly links: ItemNeeds<LinkColumn>;

  constructor({ spans, spanAttributes, events, links }: ColumnNeeds = FIRST_NEEDS) {
    this.spans = new Set(spans);
    this.attributes = new Map(spanAttributes.map((attribute) => [keyText(attribute), attribute]));
    this.events = itemNeeds(events);
    this.links = itemNeeds(links);
  }

  addSpans(columns: readonly SpanColumn[]): void {
    for (const column of columns) this.spans.add(column);
  }

  /** Which span is the root depends on links. */
  addRoot(): void {
    this.links.mentioned = true;
    this.links.columns.add('trace_id');
    this.links.attributes.add(CHILD_OF.key);
  }

  addField({ source, hop }: FieldPlan): void {
    if (hop === 'root') this.addRoot();
    const owner = ownerOf(source);
    if (owner === 'event') this.events.mentioned = true;
    if (owner === 'link') this.links.mentioned = true;
    if (source.kind === 'attribute') this.addAttribute(source.scope, source.key);
    else this.addIntrinsic(READ_FROM[source.name]);
  }

  private addAttribute(scope: AttributeScope, key: string): void {
    if (scope === 'event') this.events.attributes.add(key);
    else if (scope === 'link') this.links.attributes.add(key);
    else
      for (const stored of scope === 'any' ? (['span', 'resource'] as const) : [scope])
        this.attributes.set(keyText({ scope: stored, key }), { scope: stored, key });
  }

  private addIntrinsic(from: ReadFrom): void {
    if (from === 'root') this.addRoot();
    if (typeof from === 'string') return;
    if ('spans' in from) this.addSpans(from.spans);
    else if ('event' in from) this.events.columns.add(from.event);
    else this.links.columns.add(from.link);
  }

  sorted(): ColumnNeeds {
    const events = sortedItems(this.events);
    const links = sortedItems(this.links);
    return {
      spans: [...this.spans].sort(),
      spanAttributes: [...this.attributes.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, attribute]) => attribute),
      ...(events === undefined ? {} : { events }),
      ...(links === undefined ? {} : { links }),
    };
  }
}

const FIRST_NEEDS: ColumnNeeds = { spans: ALWAYS, spanAttributes: [SERVICE_NAME] };

interface Listed<C> {
  readonly columns: readonly C[];
  readonly attributes: readonly string[];
}

function itemNeeds<C>(listed: Listed<C> | undefined): ItemNeeds<C> {
  const { columns = [], attributes = [] } = listed ?? {};
  return { mentioned: listed !== undefined, columns: new Set(columns), attributes: new Set(attributes) };
}

function sortedItems<C>({ mentioned, columns, attributes }: ItemNeeds<C>): Listed<C> | undefined {
  return mentioned ? { columns: [...columns].sort(), attributes: [...attributes].sort() } : undefined;
}

/** Whether any test of the cases of a rule compares places in the tree. */
export function readsStructure(rule: Pick<RulePlan, 'when' | 'clauses'>): boolean {
  return conditionsOf(rule).some((condition) => {
    let structural = relatesByStructure(condition);
    forEachPattern(condition, ({ stages }) => {
      structural ||= stages.some(stageIsStructural);
    });
    return structural;
  });
}

/** Whether a pattern of bound spans compares places in the tree. */
export function bindsByStructure({ bindings }: Pick<RulePlan, 'bindings'>): boolean {
  return bindings.some(({ pattern }) => pattern.stages.some(stageIsStructural));
}

function relatesByStructure(condition: ConditionPlan): boolean {
  if (condition.kind === 'relation') return RELATIONS[condition.relation].compares === 'tree';
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
