import type { RulePlan } from '../../plan/plan.js';
import { nextWaitMs, STRIKES } from '../rule-health.js';

interface Health {
  /** Judgements in a row that the rule failed in. */
  strikes: number;
  /** Where it rests, or is tried again. */
  stopped?: { readonly until: number; readonly waitMs: number };
}

/**
 * Which rules across traces rest: one that fails alone on one flow after the other costs the others its time with each. It rests for a while, which is longer each time, and
 * is then tried again.
 */
export class FlowHealth {
  private readonly known = new Map<string, Health>();

  constructor(private readonly now: () => number) {}

  /** The rules have changed: nothing is known of them. */
  restart(): void {
    this.known.clear();
  }

  rests(tenant: string, rule: RulePlan): boolean {
    return (this.known.get(keyOf(tenant, rule))?.stopped?.until ?? 0) > this.now();
  }

  /** Returns for how long the rule rests now, in milliseconds; undefined where it does not yet. */
  failed(tenant: string, rule: RulePlan): number | undefined {
    const key = keyOf(tenant, rule);
    const health = this.known.get(key) ?? { strikes: 0 };
    this.known.set(key, health);
    health.strikes++;
    if (health.stopped === undefined && health.strikes < STRIKES) return undefined;
    const waitMs = nextWaitMs(health.stopped?.waitMs);
    health.stopped = { until: this.now() + waitMs, waitMs };
    return waitMs;
  }

  /** Returns whether the rule had been stopped. */
  succeeded(tenant: string, rule: RulePlan): boolean {
    const key = keyOf(tenant, rule);
    const wasStopped = this.known.get(key)?.stopped !== undefined;
    this.known.delete(key);
    return wasStopped;
  }
}

function keyOf(tenant: string, { id, revision }: RulePlan): string {
  return JSON.stringify([tenant, id, revision]);
}
