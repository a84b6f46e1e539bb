import { type CaseRole, rolesOf } from '../../plan/case-roles.js';
import { predicatesOf } from '../../plan/leaves.js';
import { columnNeeds, SERVICE_NAME } from '../../plan/needs.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { StoredRun } from '../../spans/stored-run.js';
import type { AllTraces, SharedRuns } from '../../spans/traces.js';
import {
  addRoots,
  countCases,
  dropBlankCases,
  forgetPart,
  type KeptShares,
  keepCases,
  keepFewer,
  rulesViolatedBlank,
  startCases,
  startSpans,
} from '../../sql/differences/case-spans.js';
import { casesByField, casesByRole, casesByValue, differentValues } from '../../sql/differences/counts.js';
import { type SpanField, spanFieldText } from '../../sql/differences/fields.js';
import { canBeSought, firstStarts, type SoughtValue } from '../../sql/differences/first-seen.js';
import { casesByCut } from '../../sql/differences/ranges.js';
import { type CountedSignature, signaturesOf } from '../../sql/differences/signatures.js';
import { addValues, startValues } from '../../sql/differences/span-values.js';
import { FlowRun } from '../../sql/flows/flow-run.js';
import { type EvaluateOptions, evaluateRules } from '../../sql/run/evaluate.js';
import { ASKED_SPANS, DIFFERING_VALUES } from '../../sql/tables.js';
import {
  type Difference,
  differencesOf,
  LEAST_VIOLATED,
  type RuleDifferences,
} from '../../verdicts/differences.js';
import type { JudgedRule } from '../../verdicts/judged-rule.js';
import { flowJudging, guardOf } from '../flows/replay-flows.js';
import { type Candidate, candidatesOf, itemsOf } from './candidates.js';

/** What spans are asked for. */
export interface Fields {
  readonly all: readonly SpanField[];
  /** How many more there are. */
  readonly leftOut: number;
}

/**
 * Of more cases of a rule, violating or passed, those of some traces are compared, about so many: shares and certainty are then those of the
 * cases that were compared. More are kept at first, as cases without a span to ask are no help.
 */
const MOST_CASES = 3000;
const MOST_KEPT = 5 * MOST_CASES;
/** What a span of a case takes of memory with all that it carries, about. */
const BYTES_OF_SPAN = 1000;
/** Of the memory of a run. */
const SHARE_OF_MEMORY = 1 / 4;

/** What is there in the first part of so many of the time was there before. */
const ALWAYS = 20n;

interface ComparedRule {
  readonly rule: RulePlan;
  /** In the plan. */
  readonly number: number;
  readonly roles: readonly CaseRole[];
  readonly rootRole: number;
  readonly kept: KeptShares;
  /** By index: what the rule itself asks for, which differs by what a violation is. */
  readonly reported: ReadonlySet<number>;
}

type Found = readonly (readonly [ruleId: string, RuleDifferences])[];

/** Tells cases of different runs, by number, apart: none has so many parts. */
const PARTS = 1 << 20;

const NOTHING_LISTED = { bucketNs: 1n << 62n, limit: 0, passesBy: 'case' } as const;

/** Compares the cases of the rules of a plan in the runs over traces. */
export class Comparison {
  private readonly rules: readonly ComparedRule[];
  private readonly failed = new Set<RulePlan>();

  constructor(
    private readonly runs: SharedRuns,
    private readonly plan: Plan,
    private readonly fields: Fields,
    judged: readonly JudgedRule[],
    /** Bytes that the run may use, about. */
    private readonly memory: number,
  ) {
    const counts = new Map(judged.map((judgedRule) => [judgedRule.rule.id, judgedRule]));
    this.rules = plan.rules.map((rule, number) => {
      const roles = rolesOf(rule);
      const { violated, passed } = counts.get(rule.id)!;
      return {
        rule,
        number,
        roles,
        rootRole: roles.length - 1,
        kept: { violated: shareOf(MOST_KEPT, violated), passed: shareOf(MOST_KEPT, passed) },
        reported: reportedFields(rule, plan, fields.all),
      };
    });
  }

  async ofTraces(options: Pick<EvaluateOptions, 'ruleLimitMs' | 'signal'>): Promise<Found> {
    const { plan } = this;
    await this.ofEach(async ({ db, columns, forEachUnit }, number) => {
      let part = number * PARTS;
      await startCases(db);
      await forEachUnit(async (canSplit) => {
        await forgetPart(db, part);
        const { failed } = await evaluateRules(db, plan, columns, {
          ...guardOf(options),
          ...NOTHING_LISTED,
          canSplit,
          onVerdicts: this.keep(() => part),
        });
        for (const { rule } of failed) this.failed.add(rule);
        part++;
      });
    });
    return await this.compare();
  }

  /** Of rules that all have a flow. Each of several runs has all traces, and judges a share of the keys. */
  async ofFlows(options: AllTraces & Pick<EvaluateOptions, 'ruleLimitMs'>): Promise<Found> {
    const { plan } = this;
    await this.ofEach(async ({ db, columns, forEachUnit }, number, count) => {
      let part = number * PARTS;
      await startCases(db);
      const flows = new FlowRun(db, plan, columns);
      await forEachUnit(async () => await flows.add(guardOf(options)));
      for (const { rule } of flows.failed) this.failed.add(rule);
      const judging = {
        ...flowJudging(options, flows),
        ...NOTHING_LISTED,
        keyShare: { share: number, of: count },
        onVerdicts: this.keep(() => part),
      };
      await flows.judge(judging, ({ failed }) => {
        for (const { rule } of failed) this.failed.add(rule);
        part++;
      });
    });
    return await this.compare();
  }

  private async ofEach<T>(
    work: (run: StoredRun, number: number, count: number) => Promise<T>,
  ): Promise<readonly T[]> {
    const { all } = this.runs;
    return await Promise.all(all.map(async (run, number) => await work(run, number, all.length)));
  }

  /** `part` tells cases of different units, or shares of the flows, apart. */
  private keep(part: () => number): NonNullable<EvaluateOptions['onVerdicts']> {
    return async (session, verdicts, rule, relations) => {
      const compared = this.rules.find((some) => some.rule === rule)!;
      await keepCases(session, { ...compared, part: part() }, verdicts, relations);
    };
  }

  /** Asks the spans of cases what they carry, of as many rules at once as memory has room for, and ranks what differs. */
  private async compare(): Promise<Found> {
    const all = this.rules.filter(({ rule }) => !this.failed.has(rule));
    const blank = await this.ofEach(({ db }) => rulesViolatedBlank(db));
    const looked = all.filter(
      ({ number, rootRole }) => rootRole > 0 && !blank.some((numbers) => numbers.has(number)),
    );
    await this.ofEach(({ db }) => dropBlankCases(db, looked));
    const cases = await this.ofEach(({ db }) => countCases(db));
    const sound = all.map((rule) => {
      const counted = cases.flatMap((found) => found.get(rule.number) ?? []);
      const violated = counted.reduce((sum, some) => sum + some.violated, 0);
      const passed = counted.reduce((sum, some) => sum + some.passed, 0);
      const kept = {
        violated: rule.kept.violated * shareOf(MOST_CASES, violated),
        passed: rule.kept.passed * shareOf(MOST_CASES, passed),
      };
      return { ...rule, kept, spans: rule.roles.length * Math.min(2 * MOST_CASES, violated + passed) };
    });
    if (sound.length === 0) return [];
    await this.ofEach(({ db }) => keepFewer(db, sound));
    const room = (this.memory * SHARE_OF_MEMORY) / BYTES_OF_SPAN;
    const parts: ComparedRule[][] = [];
    let spans = room;
    for (const rule of sound) {
      spans += rule.spans;
      if (spans <= room) parts.at(-1)!.push(rule);
      else {
        parts.push([rule]);
        spans = rule.spans;
      }
    }
    const found: (readonly [string, RuleDifferences])[] = [];
    for (const part of parts) found.push(...(await this.compareRules(part)));
    return await this.withFirstSeen(found);
  }

  /** A version that was not there from the start began before the first violation of it. */
  private async withFirstSeen(found: Found): Promise<Found> {
    const { fields } = this;
    const { all: runs } = this.runs;
    const starts = runs
      .flatMap(({ firstStart = [], lastStart = [] }) => [firstStart, lastStart].flat())
      .toSorted((a, b) => (a < b ? -1 : 1));
    const [firstStart = 0n] = starts;
    const lastStart = starts.at(-1) ?? 0n;
    const bySaid = new Map(fields.all.map((field) => [spanFieldText(field), field]));
    const soughtOf = (difference: Difference): readonly SoughtValue[] | undefined => {
      const sought = difference.conditions.flatMap(({ of: compared, operator, value }) => {
        const field = bySaid.get(compared.field);
        const isPlain =
          field?.kind === 'attribute' && runs.some(({ columns }) => canBeSought(field, columns));
        return isPlain && operator === '=' && value !== null ? [{ field, value }] : [];
      });
      const isOfOne = new Set(difference.conditions.map(({ of: compared }) => compared.role)).size === 1;
      return isOfOne && sought.length === difference.conditions.length ? sought : undefined;
    };
    const differences = found.flatMap(([, { findings }]) =>
      findings.filter((difference) => soughtOf(difference)),
    );
    if (differences.length === 0) return found;
    const all = differences.map((difference) => soughtOf(difference)!);
    const firsts: (bigint | undefined)[] = all.map(() => undefined);
    await this.ofEach(async ({ db, columns, forEachUnit }) => {
      await forEachUnit(async () => {
        for (const [n, start] of (await firstStarts(db, columns, all)).entries())
          if (start !== undefined && (firsts[n] === undefined || start < firsts[n]!)) firsts[n] = start;
      });
    });
    const late = firstStart + (lastStart - firstStart) / ALWAYS;
    const seen = new Map(differences.map((difference, n) => [difference, firsts[n]]));
    return found.map(([id, differing]) => [
      id,
      {
        ...differing,
        findings: differing.findings.map((difference) => {
          const firstSeenNs = seen.get(difference);
          return firstSeenNs === undefined || firstSeenNs < late
            ? difference
            : { ...difference, firstSeenNs };
        }),
      },
    ]);
  }

  private async compareRules(rules: readonly ComparedRule[]): Promise<Found> {
    const { fields } = this;
    await this.ofEach(async ({ db, columns, forEachUnit }) => {
      await startSpans(db, rules);
      await startValues(db);
      let unit = 0;
      await forEachUnit(
        async () => {
          await addRoots(db, rules, unit);
          await addValues(db, unit, fields.all, columns);
          unit++;
        },
        // Flows were judged where events and links of spans were.
        { anew: this.plan.rules.some(({ flow }) => flow !== undefined) },
      );
    });
    for (const table of [ASKED_SPANS, DIFFERING_VALUES]) await this.runs.gather(table);
    const { db } = this.runs.all[0];
    const roles = await casesByRole(db);
    const ofFields = await casesByField(db);
    const values = await casesByValue(db, LEAST_VIOLATED);
    const cuts = await casesByCut(db, LEAST_VIOLATED);
    const different = await differentValues(db);
    const asked = rules.map((rule): AskedRule => {
      const isMine = (counted: { readonly rule: number; readonly field: number }): boolean =>
        counted.rule === rule.number && !rule.reported.has(counted.field);
      const candidates = candidatesOf({
        roles: roles.filter((counted) => counted.rule === rule.number),
        fields: ofFields.filter(isMine),
        values: values.filter(isMine),
        cuts: cuts.filter(isMine),
      });
      return { ...rule, candidates, items: candidates.map(({ asked }) => asked) };
    });
    const signatures = await signaturesOf(db, asked);
    return asked.map((rule) => {
      const own = signatures.filter((signature) => signature.rule === rule.number);
      // Where most that have one have one of their own, the cases that are not kept will, too.
      const valuesOf = (field: number): number => {
        const { values = 0, spans = 0 } = different.get(field) ?? {};
        return values > spans / 2 ? Math.round(values / rule.kept.passed) : values;
      };
      return [rule.rule.id, this.ranked(rule, own, valuesOf)];
    });
  }

  private ranked(
    { roles, reported, candidates, kept }: AskedRule,
    groups: readonly CountedSignature[],
    different: (field: number) => number,
  ): RuleDifferences {
    const { fields } = this;
    const count = fields.all.length - reported.size;
    const sum = (key: 'violated' | 'passed'): number => groups.reduce((all, group) => all + group[key], 0);
    const items = itemsOf(candidates, roles, fields.all, different);
    return {
      findings: differencesOf(items, groups, count * roles.length),
      fields: count,
      fieldsLeftOut: fields.leftOut,
      violated: sum('violated'),
      passed: sum('passed'),
      isSample: kept.violated < 1 || kept.passed < 1,
    };
  }
}

interface AskedRule extends ComparedRule {
  readonly candidates: readonly Candidate[];
  readonly items: readonly Candidate['asked'][];
}

function shareOf(most: number, cases: number): number {
  return Math.min(1, most / Math.max(1, cases));
}

/** Every plan reads the name of the service, also where no rule asks for it. */
function reportedFields(
  rule: RulePlan,
  { predicates }: Plan,
  fields: readonly SpanField[],
): ReadonlySet<number> {
  const own = [...predicatesOf(rule)].map((n) => predicates[n]!);
  const needs = columnNeeds(own, [rule]);
  const { scope, key } = SERVICE_NAME;
  const reads = (field: SpanField): boolean => {
    if (field.kind === 'intrinsic') return field.name === 'status' && needs.spans.includes('status');
    if (field.kind === 'event name') return needs.events?.columns.includes('name') === true;
    const { attribute } = field;
    if (attribute.scope === 'event' || attribute.scope === 'link')
      return needs[`${attribute.scope}s`]?.attributes.includes(attribute.key) === true;
    return needs.spanAttributes.some(
      (read) =>
        read.scope === attribute.scope &&
        read.key === attribute.key &&
        !(read.scope === scope && read.key === key),
    );
  };
  return new Set(fields.flatMap((field, n) => (reads(field) ? [n] : [])));
}
