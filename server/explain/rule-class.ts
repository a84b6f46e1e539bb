import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { planOf } from '../rules/rule-plan.js';
import { decidableText } from './decidable.js';

/** When a verdict on a trace that still grows is final. */
export interface RuleClass {
  readonly kind: 'now' | 'deadline' | 'closure' | 'window';
  /** Nanoseconds: of a deadline, the length of a window, or how far a rule across traces looks. */
  readonly afterNs: number | undefined;
  /** For people. */
  readonly why: string;
}

/** Of any rule across traces. */
export const FLOW_CLASS =
  'once the traces of its spans are whole: each case as soon as no span that may still come can change it, which is at the latest when the time that it sees has passed by the clock of spans; a replay calls undecided what is not decided when its range ends';

export function classOf(rule: ResolvedRule): RuleClass {
  const planned = planOf(rule);
  switch (planned.kind) {
    case 'flow':
      return { kind: 'closure', afterNs: Number(planned.plan.flow?.within), why: FLOW_CLASS };
    case 'trace': {
      const { decidable } = planned.plan;
      return {
        kind: decidable.kind,
        afterNs: decidable.kind === 'deadline' ? Number(decidable.after) : undefined,
        why: decidableText(planned.plan),
      };
    }
    case 'window':
      return {
        kind: 'window',
        afterNs: Number(planned.plan.window),
        why: 'for each window of time, over all traces',
      };
  }
}
