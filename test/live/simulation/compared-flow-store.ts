import type {
  Evicted,
  FlowJudgement,
  FlowMoment,
  FlowNote,
  FlowStore,
  RuleCases,
  TakenFlows,
} from '../../../engine/live/flows/flow-store.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { Plan, RulePlan } from '../../../engine/plan/plan.js';
import type { FoundViolation } from '../../../engine/verdicts/violation.js';
import { violationId } from '../../../engine/verdicts/violation-id.js';
import type { ViolationPage } from '../../../engine/verdicts/violation-page.js';
import type { FlowShelf } from './flow-shelf.js';
import { ruleKeyOf } from './judged.js';
import type { TrustedFlowStore } from './trusted-flow-store.js';

/** What is compared with the slow evaluator. */
export interface StorePorts {
  /** Some work of the database; rejects where the process is gone. */
  readonly op: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether what it says is known to be the same: no work was cut short, and nothing was let go of. */
  readonly isExact: () => boolean;
  readonly onFault: (fault: string) => void;
}

export interface ComparedPorts extends StorePorts {
  readonly shelf: FlowShelf;
}

/** Keeps flows in the database of the product, and holds what it says of them to the slow evaluator. */
export class ComparedFlowStore implements FlowStore {
  constructor(
    private readonly sql: FlowStore,
    private readonly trusted: TrustedFlowStore,
    private readonly ports: ComparedPorts,
  ) {}

  get spans(): number {
    return this.sql.spans;
  }

  get tenants(): readonly string[] {
    return this.sql.tenants;
  }

  endNs(tenant: string): bigint {
    return this.sql.endNs(tenant);
  }

  async setRules(plan: Plan, nowNs: bigint): Promise<void> {
    await this.ports.op(async () => await this.sql.setRules(plan, nowNs));
    await this.trusted.setRules(plan, nowNs);
  }

  async take(tenant: string, traces: readonly TraceSnapshot[]): Promise<TakenFlows> {
    const taken = await this.ports.op(async () => await this.sql.take(tenant, traces));
    for (const { rule, problem } of taken.failed)
      this.ports.onFault(`${rule.id} fails by SQL: ${problem.message}`);
    await this.trusted.take(tenant, traces);
    return taken;
  }

  async judge(
    tenant: string,
    moment: FlowMoment,
    rest: readonly RulePlan[],
  ): Promise<FlowJudgement | undefined> {
    const judged = await this.ports.op(async () => await this.sql.judge(tenant, moment, rest));
    for (const { rule, problem } of judged?.failed ?? [])
      this.ports.onFault(`${rule.id} fails by SQL: ${problem.message}`);
    const expected = await this.trusted.judge(tenant, moment, rest, judged?.flowsOf ?? (async () => []));
    this.compareCounts(tenant, judged, expected);
    if (judged === undefined) {
      await expected?.settle(expected.rules.map(({ rule }) => rule));
      return undefined;
    }
    const failed = expected?.failed ?? [];
    const fails = (rule: RulePlan): boolean => failed.some((failure) => failure.rule.id === rule.id);
    const ids = new Set<string>();
    if (expected !== undefined)
      for await (const { found } of expected.violations())
        for (const { rule, violations } of found)
          for (const violation of violations) ids.add(violationId(tenant, rule, violation));
    return {
      ...judged,
      rules: judged.rules.filter(({ rule }) => !fails(rule)),
      failed: judged.rules.flatMap(({ rule }) =>
        failed.filter((failure) => failure.rule.id === rule.id).map(({ problem }) => ({ rule, problem })),
      ),
      violations: () => this.held(tenant, judged, fails, expected && ids),
      settle: async (settled, note) => {
        await this.ports.op(async () => await judged.settle(settled, note));
        await expected?.settle(settled);
      },
    };
  }

  async reached(tenant: string, endNs: bigint): Promise<void> {
    await this.ports.op(async () => await this.sql.reached(tenant, endNs));
    await this.trusted.reached(tenant, endNs);
  }

  async letGo(tenant: string, settledNs: bigint): Promise<void> {
    await this.ports.op(async () => await this.sql.letGo(tenant, settledNs));
  }

  async evict(
    most: number,
    noteOf?: (tenant: string, lost: readonly RuleCases[]) => string,
  ): Promise<Evicted | undefined> {
    const evicted = await this.ports.op(async () => await this.sql.evict(most, noteOf));
    if (evicted === undefined) return undefined;
    const { beforeNs, tenants, lost } = evicted;
    const expected = this.ports.shelf.evict(beforeNs, tenants);
    const [found, wanted] = [lost, expected].map((all) =>
      all
        .map(({ tenant, rule, cases }) => `${tenant} ${rule} ${cases}`)
        .sort()
        .join(),
    );
    if (this.ports.isExact() && found !== wanted)
      this.ports.onFault(`SQL says that these cases are lost: ${found}; they are: ${wanted}`);
    return evicted;
  }

  async undecided(): Promise<readonly RuleCases[]> {
    const found = await this.ports.op(async () => await this.sql.undecided());
    const expected = await this.trusted.undecided();
    // Of a rule that failed, those that are judged all the same are known.
    const failed = ({ tenant, rule }: RuleCases): boolean =>
      [...this.ports.shelf.tenant(tenant).failed.keys()].some((key) => key.startsWith(`${rule} `));
    const texts = (all: readonly RuleCases[]): string =>
      all
        .filter((some) => some.cases > 0 && !failed(some))
        .map(({ tenant, rule, cases }) => `${tenant} ${rule} ${cases}`)
        .sort()
        .join();
    if (this.ports.isExact() && texts(found) !== texts(expected))
      this.ports.onFault(`SQL says that these are undecided: ${texts(found)}; they are: ${texts(expected)}`);
    return found;
  }

  async notes(): Promise<readonly FlowNote[]> {
    return await this.ports.op(async () => await this.sql.notes());
  }

  async noted(note: FlowNote): Promise<void> {
    await this.ports.op(async () => await this.sql.noted(note));
  }

  private compareCounts(
    tenant: string,
    judged: FlowJudgement | undefined,
    expected: FlowJudgement | undefined,
  ): void {
    if (!this.ports.isExact()) return;
    for (const { rule, passed, cannotTell, unseen } of expected?.rules ?? []) {
      const found = judged?.rules.find((result) => result.rule.id === rule.id);
      // Of spans that were there before the rule, and come again, the database knows that.
      const isLater = this.ports.shelf.laterRules.has(ruleKeyOf(rule));
      const [counted, wanted] = [
        found ?? { passed: 0, cannotTell: 0, unseen: 0 },
        { passed, cannotTell, unseen },
      ].map(
        (counts) =>
          `${counts.passed} passed, ${counts.cannotTell} not determined, ${isLater ? 'some' : counts.unseen} unseen`,
      );
      if (counted !== wanted)
        this.ports.onFault(`SQL counts ${counted} of ${rule.id} in ${tenant}; they are ${wanted}`);
    }
  }

  private async *held(
    tenant: string,
    judged: FlowJudgement,
    fails: (rule: RulePlan) => boolean,
    ids: ReadonlySet<string> | undefined,
  ): AsyncGenerator<ViolationPage> {
    for await (const page of judged.violations()) {
      for (const { rule, violations } of page.found)
        if (!fails(rule)) this.hold(tenant, rule, violations, ids);
      yield { ...page, found: page.found.filter(({ rule }) => !fails(rule)) };
    }
  }

  private hold(
    tenant: string,
    rule: RulePlan,
    violations: readonly FoundViolation[],
    ids: ReadonlySet<string> | undefined,
  ): void {
    for (const violation of violations) {
      const id = violationId(tenant, rule, violation);
      if (ids !== undefined && !ids.has(id))
        this.ports.onFault(
          `SQL finds that ${rule.id} is violated in ${tenant} ${violation.watched?.flow}: ${id}`,
        );
    }
  }
}
