import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type {
  KnownSince,
  NamedTrace,
  SomeWindows,
  WindowStore,
} from '../../../engine/live/windows/window-store.js';
import type { WindowPlan, WindowRulePlan } from '../../../engine/plan/window-plan.js';
import type { JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import type { StorePorts } from './compared-flow-store.js';
import type { TrustedWindowStore } from './trusted-window-store.js';
import { markKey, type WindowShelf } from './window-shelf.js';

export interface ComparedWindowPorts extends StorePorts {
  readonly shelf: WindowShelf;
}

/** Counts windows in the database of the product, and holds what it finds in them to the slow evaluator. */
export class ComparedWindowStore implements WindowStore {
  constructor(
    private readonly sql: WindowStore,
    private readonly trusted: TrustedWindowStore,
    private readonly ports: ComparedWindowPorts,
  ) {}

  get tenants(): readonly string[] {
    return this.sql.tenants;
  }

  async setRules(plan: WindowPlan, nowNs: bigint): Promise<void> {
    await this.ports.op(async () => await this.sql.setRules(plan, nowNs));
    await this.trusted.setRules(plan, nowNs);
  }

  async take(tenant: string, traces: readonly TraceSnapshot[], nowNs: bigint): Promise<void> {
    await this.ports.op(async () => await this.sql.take(tenant, traces, nowNs));
    await this.trusted.take(tenant, traces);
  }

  /** The database may have counted for another rule before what a new one asks for: the promises are about what the rule itself has seen. */
  knownSince(rule: WindowRulePlan): KnownSince {
    const found = this.sql.knownSince(rule);
    if ('waits' in found) this.ports.onFault(`windows of ${rule.id} wait: ${found.waits}`);
    return this.trusted.knownSince(rule);
  }

  judgedUntil(tenant: string, rule: WindowRulePlan): bigint | undefined {
    const { shelf, isExact, onFault } = this.ports;
    const found = this.sql.judgedUntil(tenant, rule);
    const expected = this.trusted.judgedUntil(tenant, rule);
    if (found === expected) return found;
    if (isExact())
      onFault(`SQL says that windows of ${rule.id} in ${tenant} are judged up to ${found}, not ${expected}`);
    if (found !== undefined) shelf.marks.set(markKey(tenant, rule), found);
    return found;
  }

  async judge(tenant: string, rule: WindowRulePlan, windows: SomeWindows): Promise<JudgedWindowRule> {
    const judged = await this.ports.op(async () => await this.sql.judge(tenant, rule, windows));
    const expected = await this.trusted.judge(tenant, rule, windows);
    const { isExact, onFault } = this.ports;
    if (judged.problem !== undefined)
      onFault(`windows of ${rule.id} cannot be judged by SQL: ${judged.problem.message}`);
    const [found, wanted] = [judged, expected].map(({ violations }) =>
      violations
        .map(({ id }) => id)
        .sort()
        .join(),
    );
    if (isExact() && found !== wanted)
      onFault(
        `SQL finds ${judged.violated} violations of ${rule.id} in ${tenant} from ${windows.fromNs} to ${windows.toNs}: ${found}; they are: ${wanted}`,
      );
    return judged;
  }

  async settle(
    tenant: string,
    judged: readonly (readonly [rule: WindowRulePlan, untilNs: bigint])[],
  ): Promise<void> {
    await this.ports.op(async () => await this.sql.settle(tenant, judged));
    await this.trusted.settle(tenant, judged);
  }

  async tidy(keeps: (trace: NamedTrace) => boolean, beforeNs: bigint, nowNs: bigint): Promise<void> {
    await this.ports.op(async () => await this.sql.tidy(keeps, beforeNs, nowNs));
    await this.trusted.tidy();
  }
}
