/** What fails for one rule is that rule's problem and costs the others nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import type { Expression } from '../../engine/plan/expression.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import type { Plan } from '../../engine/plan/plan.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { type EvaluateOptions, evaluateRules } from '../../engine/sql/run/evaluate.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 2, memory: 2 ** 29 });
});
afterAll(() => db.close());

const OTHERS = `rule errs { never { name = "step" && span.n > 3 } }
  rule one { when { name = "step" } always count({ name = "step" }) = 1 }`;

function traceOf(spans: number): Trace {
  return { traceId: 'ab'.repeat(16), spans: Array.from({ length: spans }, (_, n) => span(n)) };
}

function span(number: number): Span {
  return {
    spanId: (number + 1).toString(16).padStart(16, '0'),
    parentSpanId: '',
    name: 'step',
    kind: 'internal',
    status: 'unset',
    statusMessage: '',
    start: BigInt(number) * 10n,
    duration: 1n,
    resource: new Map(),
    scope: { name: '', version: '', attributes: new Map() },
    attributes: new Map([['n', BigInt(number)]]),
    events: [],
    links: [],
  };
}

function planOf(text: string): Plan {
  const { rules } = loadWorkspace(new Map([['r.betrace', text]]));
  return planRules(rules);
}

async function evaluated(plan: Plan, trace: Trace, options: Partial<EvaluateOptions> = {}) {
  const columns = await loadTraces(db, [trace], plan.needs);
  const { rules, failed } = await evaluateRules(db, plan, columns, {
    bucketNs: 1n << 60n,
    limit: 10,
    ...options,
  });
  const sound = rules.filter(({ rule }) => failed.every((failure) => failure.rule !== rule));
  return {
    counted: rules.filter(({ buckets }) => buckets.length > 0).map(({ rule }) => rule.id),
    failed: failed.map(({ rule, problem }) => `${rule.id} ${problem.code}`),
    violated: sound.map(({ rule, violations }) => `${rule.id} ${violations.length}`),
    messages: failed.map(({ problem }) => problem.message),
  };
}

/** Deeper than the database takes. */
function deep(expression: Expression): Expression {
  let nested = expression;
  for (let n = 0; n < 1500; n++) nested = { kind: 'not', operand: nested };
  return nested;
}

describe('a rule that the database refuses', () => {
  it('in its own statement is named, and the others are judged', async () => {
    const plan = planOf(
      `${OTHERS} rule bad { when { name = "step" } as a never { span.n > a.span.n } before a }`,
    );
    const rules = plan.rules.map((rule) => {
      const [clause] = rule.clauses;
      if (rule.id !== 'bad' || clause === undefined) return rule;
      let condition = clause.condition;
      for (let n = 0; n < 1500; n++) condition = { kind: 'not', operand: condition };
      return { ...rule, clauses: [{ ...clause, condition }] };
    });
    const found = await evaluated({ ...plan, rules }, traceOf(5));
    expect(found.failed).toEqual(['bad BT3005']);
    expect(found.messages[0]).toMatch(/^the database refused it: \S/);
    expect(found.messages[0]).not.toContain('\n');
    expect(found.violated).toEqual(['errs 1', 'one 1']);
  });

  it('in the pass that all share is found, and the others are judged', async () => {
    const plan = planOf(`${OTHERS} rule bad { never { span.n = 4 } }`);
    const refused = plan.predicates.findIndex((predicate) => JSON.stringify(predicate).includes('"4"'));
    const predicates = plan.predicates.map((predicate, n) => (n === refused ? deep(predicate) : predicate));
    const found = await evaluated({ ...plan, predicates }, traceOf(5));
    expect(found.failed).toEqual(['bad BT3005']);
    expect(found.violated).toEqual(['errs 1', 'one 1']);
  });
});

describe('a rule that takes too long', () => {
  const SLOW = 'rule slow { never { span.n >= 0 } before { span.n >= 0 } within 1ns }';
  const many = traceOf(20_000);

  it('is stopped and named, and the others are judged', async () => {
    const found = await evaluated(planOf(`${SLOW} ${OTHERS}`), many, { ruleLimitMs: 300 });
    expect(found.failed).toEqual(['slow BT3006']);
    expect(found.messages).toEqual(['took longer than 0.3 s over one part of the traces']);
    expect(found.violated).toEqual(['errs 1', 'one 1']);
  });

  it('has no cases that passed, though with other rules it is known how many there are', async () => {
    const binds =
      'rule slow { when { name = "step" } as s never { span.n >= 0 } before { span.n >= 0 } within 1ns }';
    const more =
      'rule two { when { name = "step" } as s never { name = "x" } } rule three { never { name = "y" } }';
    const found = await evaluated(planOf(`${binds} ${OTHERS} ${more}`), many, { ruleLimitMs: 300 });
    expect(found.failed).toEqual(['slow BT3006']);
    expect(found.counted).toEqual(['errs', 'one', 'two', 'three']);
  });

  it('is not among those that take the time they have', async () => {
    const found = await evaluated(planOf(OTHERS), traceOf(2000), { ruleLimitMs: 60_000 });
    expect(found.failed).toEqual([]);
  });
});

describe('a rule for which memory is not enough', () => {
  const LARGE =
    'rule large { when { } as a and { } as b and { } as c always a.span.n + b.span.n + c.span.n > 1 }';

  it('is named where there are no fewer traces to try', async () => {
    const found = await evaluated(planOf(`${OTHERS} ${LARGE}`), traceOf(3000), { canSplit: false });
    expect(found.failed).toEqual(['large BT3007']);
    expect(found.violated).toEqual(['errs 1', 'one 1']);
  });

  it('is none yet where there are', async () => {
    await expect(evaluated(planOf(LARGE), traceOf(3000))).rejects.toThrow('Out of Memory');
  });
});
