import { isDeepStrictEqual } from 'node:util';
import type { FlowKeyPlan } from '../../plan/flow-plan.js';
import type { Plan } from '../../plan/plan.js';

/** A key that rules of a run share. */
export interface FlowKey {
  readonly key: FlowKeyPlan;
  /** Whether all spans that have the key are needed, whatever matches them: pieces of flows are made of all. */
  readonly every: boolean;
}

/** The different keys of a run, numbered. How far rules look does not matter: they share the flows. */
export class FlowKeys {
  readonly all: readonly FlowKey[];

  constructor({ rules }: Plan) {
    const found: { readonly key: FlowKeyPlan; every: boolean }[] = [];
    for (const { flow, bindings } of rules) {
      if (flow === undefined) continue;
      const key = keyOf(flow);
      const every = bindings.length === 0;
      const known = found.find((one) => isDeepStrictEqual(one.key, key));
      if (known === undefined) found.push({ key, every });
      else known.every ||= every;
    }
    this.all = found;
  }

  numberOf(flow: FlowKeyPlan): number {
    const key = keyOf(flow);
    return this.all.findIndex((one) => isDeepStrictEqual(one.key, key));
  }

  get hasLinks(): boolean {
    return this.all.some(({ key }) => key.kind === 'links');
  }
}

function keyOf(flow: FlowKeyPlan): FlowKeyPlan {
  return flow.kind === 'links' ? { kind: 'links' } : { kind: 'key', fields: flow.fields };
}
