import { type CaseRole, rolesOf } from '../../plan/case-roles.js';
import { predicatesOf } from '../../plan/leaves.js';
import { columnNeeds, SERVICE_NAME } from '../../plan/needs.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { StoredRun } from '../../spans/stored-run.js';
import type { Traces } from '../../spans/traces.js';
import { dropBlankCases, forgetPart, keepCases, startCases } from '../../sql/differences/case-spans.js';
import { type Asked, Codes } from '../../sql/differences/codes.js';
import type { SpanField } from '../../sql/differences/fields.js';
import { type CountedShare, sharesInUnit } from '../../sql/differences/shares.js';
import { addBits, type CountedSignature, signaturesOf, startBits } from '../../sql/differences/signatures.js';
import { type CountedValue, valuesOfViolating } from '../../sql/differences/values.js';
import { FlowRun } from '../../sql/flows/flow-run.js';
import { type EvaluateOptions, evaluateRules } from '../../sql/run/evaluate.js';
import { differencesOf, type RuleDifferences } from '../../verdicts/differences.js';
import { flowJudging, guardOf } from '../flows/replay-flows.js';
import { candidatesOf, chosenOf, itemsOf } from './candidates.js';

/** What spans are asked for. */
export interface Fields {
  readonly all: readonly SpanField[];
  /** How many more there are. */
  readonly leftOut: number;
}

interface ComparedRule {
  readonly rule: RulePlan;
  /** In the plan. */
  readonly number: number;
  readonly roles: readonly CaseRole[];
  readonly rootRole: number;
  /** By index: what the rule itself asks for, which differs by what a violation is. */
  readonly reported: ReadonlySet<number>;
}

type Found = readonly (readonly [ruleId: string, RuleDifferences])[];

const NOTHING_LISTED = { bucketNs: 1n << 62n, limit: 0, passesBy: 'case' } as const;

/** Compares the cases of the rules of a plan in one run over traces. */
export class Comparison {
  private readonly rules: readonly ComparedRule[];
  private readonly values: CountedValue[] = [];
  private readonly different: number[];
  private readonly failed = new Set<RulePlan>();
  /** Tells cases of different units, or shares of the flows, apart. */
  private part = 0;

  constructor(
    private readonly run: StoredRun,
    private readonly plan: Plan,
    private readonly fields: Fields,
  ) {
    this.rules = plan.rules.map((rule, number) => {
      const roles = rolesOf(rule);
      return {
        rule,
        number,
        roles,
        rootRole: roles.length - 1,
        reported: reportedFields(rule, plan, fields.all),
      };
    });
    this.different = fields.all.map(() => 0);
  }

  async ofTraces(options: Pick<EvaluateOptions, 'ruleLimitMs' | 'signal'>): Promise<Found> {
    const { run, plan } = this;
    await startCases(run.db);
    await run.forEachUnit(async (canSplit) => {
      await forgetPart(run.db, this.part);
      const { failed } = await evaluateRules(run.db, plan, run.columns, {
        ...guardOf(options),
        ...NOTHING_LISTED,
        canSplit,
        onVerdicts: this.keep,
      });
      for (const { rule } of failed) this.failed.add(rule);
      await this.countUnit();
      this.part++;
    });
    return await this.compare();
  }

  /** Of rules that all have a flow. */
  async ofFlows(options: Traces & Pick<EvaluateOptions, 'ruleLimitMs'>): Promise<Found> {
    const { run, plan } = this;
    await startCases(run.db);
    const flows = new FlowRun(run.db, plan, run.columns);
    await run.forEachUnit(async () => await flows.add(guardOf(options)));
    for (const { rule } of flows.failed) this.failed.add(rule);
    await flows.judge(
      { ...flowJudging(options, flows), ...NOTHING_LISTED, onVerdicts: this.keep },
      ({ failed }) => {
        for (const { rule } of failed) this.failed.add(rule);
        this.part++;
      },
    );
    await run.forEachUnit(async () => await this.countUnit());
    return await this.compare();
  }

  private readonly keep: NonNullable<EvaluateOptions['onVerdicts']> = async (
    session,
    verdicts,
    rule,
    relations,
  ) => {
    const { number, roles } = this.rules.find((compared) => compared.rule === rule)!;
    await keepCases(session, { rule, number, part: this.part }, roles, verdicts, relations);
  };

  private async countUnit(): Promise<void> {
    const { run, fields, rules } = this;
    const { values, different } = await valuesOfViolating(run.db, run.columns, fields.all, rules);
    for (const value of values) this.values.push(value);
    for (const [n, count] of different.entries()) this.different[n]! += count;
  }

  /** Asks all cases for what violating ones have, and ranks what differs. */
  private async compare(): Promise<Found> {
    const { run, values } = this;
    const sound = this.rules.filter(({ rule }) => !this.failed.has(rule));
    for (const comparedRule of sound) await dropBlankCases(run.db, comparedRule);
    const asked = sound.map((comparedRule): AskedRule => {
      const mine = values.filter(
        ({ rule, field }) => rule === comparedRule.number && !comparedRule.reported.has(field),
      );
      return { ...comparedRule, values: candidatesOf(mine) };
    });
    const shares: CountedShare[] = [];
    const codes = new Codes(asked);
    const units = await this.withCodes(codes, asked, async () => {
      for (const share of await sharesInUnit(run.db, codes)) shares.push(share);
    });
    const compared = asked.map((askedRule): AskedRule => {
      const mine = shares.filter(({ rule }) => rule === askedRule.number);
      return { ...askedRule, values: chosenOf(askedRule.values, mine) };
    });
    await startBits(run.db);
    const addAll = async (known: Codes): Promise<void> =>
      await run.db.each(compared, async (session, rule) => await addBits(session, rule, known));
    // The codes of one unit alone are still there, and have those that are compared among them.
    if (units === 1) await addAll(codes);
    else {
      const fewer = new Codes(compared);
      await this.withCodes(fewer, compared, async () => await addAll(fewer));
    }
    const found: (readonly [string, RuleDifferences])[] = [];
    await run.db.each(compared, async (session, rule) => {
      found.push([rule.rule.id, this.ranked(rule, await signaturesOf(session, rule))]);
    });
    return found;
  }

  /** Makes the codes of each unit and calls `work`; returns how many units there were. */
  private async withCodes(
    codes: Codes,
    asked: readonly AskedRule[],
    work: () => Promise<void>,
  ): Promise<number> {
    const { run, fields } = this;
    let units = 0;
    await run.forEachUnit(async () => {
      await codes.make(run.db, asked, fields.all, run.columns);
      await work();
      units++;
    });
    return units;
  }

  private ranked(
    { roles, reported, values }: AskedRule,
    groups: readonly CountedSignature[],
  ): RuleDifferences {
    const { fields, different } = this;
    const count = fields.all.length - reported.size;
    const sum = (key: 'violated' | 'passed'): number => groups.reduce((all, group) => all + group[key], 0);
    return {
      findings: differencesOf(itemsOf(values, roles, fields.all, different), groups, count * roles.length),
      fields: count,
      fieldsLeftOut: fields.leftOut,
      violated: sum('violated'),
      passed: sum('passed'),
    };
  }
}

type AskedRule = ComparedRule & Asked;

/** Every plan reads the name of the service, also where no rule asks for it. */
function reportedFields(
  rule: RulePlan,
  { predicates }: Plan,
  fields: readonly SpanField[],
): ReadonlySet<number> {
  const own = [...predicatesOf(rule)].map((n) => predicates[n]!);
  const needs = columnNeeds(own, [rule]);
  const { scope, key } = SERVICE_NAME;
  const reads = (field: SpanField): boolean =>
    field.kind === 'attribute'
      ? needs.spanAttributes.some(
          (spanAttribute) =>
            spanAttribute.scope === field.attribute.scope &&
            spanAttribute.key === field.attribute.key &&
            !(spanAttribute.scope === scope && spanAttribute.key === key),
        )
      : field.name === 'status' && needs.spans.includes('status');
  return new Set(fields.flatMap((field, n) => (reads(field) ? [n] : [])));
}
