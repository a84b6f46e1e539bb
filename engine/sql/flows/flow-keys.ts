import { isDeepStrictEqual } from 'node:util';
import type { FlowKeyPlan } from '../../plan/flow-plan.js';
import { leavesOf, predicatesOf } from '../../plan/leaves.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { KeyedSpans } from './span-keys.js';

/** A key that rules of a run share. */
export interface FlowKey {
  readonly key: FlowKeyPlan;
  /** Whether all spans that have the key are needed, whatever matches them: pieces of flows are made of all. */
  readonly every: boolean;
  /** The predicates that rules of the key ask for. */
  readonly predicates: ReadonlySet<number>;
  /** Those among them that the first bound span of a case matches, or a part of its pattern: a case is of the flow of that span. */
  readonly first: ReadonlySet<number>;
  /** The farthest that a rule of the key looks, in nanoseconds. */
  readonly withinNs: bigint;
}

/** Whose keys a rule asks for. */
export function keyedSpans(rule: RulePlan): KeyedSpans {
  return rule.bindings.length === 0 ? 'all' : predicatesOf(rule);
}

/** The different keys of a run, numbered. Rules share flows however far each looks. */
export class FlowKeys {
  readonly all: readonly FlowKey[];

  constructor({ rules }: Plan) {
    const found: {
      readonly key: FlowKeyPlan;
      every: boolean;
      readonly predicates: Set<number>;
      readonly first: Set<number>;
      withinNs: bigint;
    }[] = [];
    for (const rule of rules) {
      const { flow, bindings } = rule;
      if (flow === undefined) continue;
      const key = keyOf(flow);
      const every = bindings.length === 0;
      const known = found.find((other) => isDeepStrictEqual(other.key, key));
      const withinNs = BigInt(flow.within);
      const first = bindings.slice(0, 1).flatMap(({ pattern }) => leavesOf(pattern));
      const firsts = first.map(({ predicate }) => predicate);
      if (known === undefined) {
        found.push({ key, every, predicates: new Set(predicatesOf(rule)), first: new Set(firsts), withinNs });
        continue;
      }
      for (const predicate of predicatesOf(rule)) known.predicates.add(predicate);
      for (const predicate of firsts) known.first.add(predicate);
      known.every ||= every;
      if (withinNs > known.withinNs) known.withinNs = withinNs;
    }
    this.all = found;
  }

  numberOf(flow: FlowKeyPlan): number {
    const key = keyOf(flow);
    return this.all.findIndex((flowKey) => isDeepStrictEqual(flowKey.key, key));
  }

  get hasLinks(): boolean {
    return this.all.some(({ key }) => key.kind === 'links');
  }
}

function keyOf(flow: FlowKeyPlan): FlowKeyPlan {
  return flow.kind === 'links' ? { kind: 'links' } : { kind: 'key', fields: flow.fields };
}
