import { describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import type { Plan } from '../../engine/plan/plan.js';

function planOf(text: string): Plan {
  const workspace = loadWorkspace(new Map([['a.betrace', text]]));
  const errors = [...workspace.files.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter((d) => d.severity === 'error'),
  );
  expect(errors).toEqual([]);
  return planRules(workspace.rules);
}

const rule = (body: string): string => `rule r { ${body} }`;
const revision = (text: string): string => planOf(text).rules[0]!.revision;

describe('a plan', () => {
  it('is plain JSON but for settings in nanoseconds', () => {
    const { rules, ...rest } = planOf(
      rule('when { name = "a" } as x never { name = "b" && span.k != x.span.k } after x within 1s'),
    );
    expect(JSON.parse(JSON.stringify(rest))).toEqual(rest);
    const { settings, ...plan } = rules[0]!;
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(settings.skewNs).toBe(0n);
  });

  it('has each distinct filter once, over all rules', () => {
    const { predicates } = planOf(`
      let a = { name = "a" }
      rule one { when a never { name = "b" } }
      rule two { when { name = "a" } always { name = "b" } }`);
    expect(predicates).toHaveLength(2);
  });

  it('takes what reads bound spans out of the shared pass', () => {
    const { predicates } = planOf(rule('when { name = "a" } as x never { name = "b" && span.k = x.span.k }'));
    expect(JSON.stringify(predicates)).not.toContain('bound');
  });

  it('needs only the columns that rules read', () => {
    expect(planOf(rule('never { span.a = 1 && event.b = 2 }')).needs).toMatchObject({
      spanAttributes: [
        { scope: 'resource', key: 'service.name' },
        { scope: 'span', key: 'a' },
      ],
      events: { attributes: ['b'] },
    });
    expect(planOf(rule('never { name = "a" }')).needs.spans).not.toContain('nested_left');
    expect(planOf(rule('never { name = "a" } >> { name = "b" }')).needs.spans).toContain('nested_left');
  });

  it('leaves out disabled rules', () => {
    expect(planOf(rule('enabled = false never { name = "a" }')).rules).toEqual([]);
  });
});

describe('a revision', () => {
  const base = rule('when { name = "a" } as x always { name = "b" } before x');

  it('stays through formatting, texts for people, lets, parentheses and other rules', () => {
    for (const same of [
      'rule r {\n  // why\n  summary = "s"\n  severity = high\n when { name = "a" } as x\n always { name = "b" } before x }',
      'let b = { name = "b" } rule r { when ({ name = "a" }) as x always b before x }',
      `rule other { never { name = "z" } } ${base}`,
    ])
      expect(planOf(same).rules.at(-1)!.revision, same).toBe(revision(base));
  });

  it('changes with what the rule means', () => {
    const others = [
      rule('when { name = "a" } as x always { name = "c" } before x'),
      rule('when { name = "a" } as x always { name = "b" } after x'),
      rule('when { name = "a" } as x never { name = "b" } before x'),
      rule('when { name = "a" } as x always { name = "b" } before x within 1s'),
      rule('skew = 5ms when { name = "a" } as x always { name = "b" } before x'),
      rule('required = true when { name = "a" } as x always { name = "b" } before x'),
    ];
    expect(new Set([base, ...others].map(revision)).size).toBe(others.length + 1);
  });
});

describe('decidability', () => {
  it.each([
    ['never { name = "a" }', 'now'],
    ['when { name = "a" } never { name = "b" } && { name = "c" }', 'now'],
    ['always count({ name = "a" }) <= 3', 'now'],
    ['never { name = "a" } | count() > 3', 'now'],
    ['when { name = "a" } as x never { name = "b" } after x', 'now'],
    ['when { name = "a" } as x always { name = "b" } before x', 'deadline'],
    ['when { name = "a" } as x always { name = "b" } ends after x within 5s', 'deadline'],
    ['when { name = "a" } as x always x then { name = "b" } within 5s', 'deadline'],
    // A span that started in time may still be running.
    ['when { name = "a" } as x always { name = "b" } after x within 5s', 'closure'],
    ['when { name = "a" } as x always { name = "b" } starts before x', 'closure'],
    // The root, the parent or the end of the trace may not have arrived yet.
    ['never { rootName = nil }', 'closure'],
    ['never { parent.name != "b" }', 'closure'],
    ['never { traceDuration < 5s }', 'closure'],
    ['never { span:childCount = 0 }', 'closure'],
    ['never { name = "a" } | avg(trace:duration) > 5s', 'closure'],
    ['when { name = "a" } as x never { name = x.root.name }', 'closure'],
    ['when { name = "a" } as x always { name = "b" } after x', 'closure'],
    ['always { name = "a" }', 'closure'],
    ['never not { name = "a" }', 'closure'],
    ['always count({ name = "a" }) >= 3', 'closure'],
    ['never { name = "a" } !>> { name = "b" }', 'closure'],
    ['when not { name = "a" } never { name = "b" }', 'closure'],
    ['when { name = "a" } as x never count({ name = "b" }) = 2', 'closure'],
  ])('of `%s` is %s', (body, kind) => {
    expect(planOf(rule(body)).rules[0]!.decidable.kind).toBe(kind);
  });

  it('waits for the longest bound', () => {
    const { decidable } = planOf(
      rule(
        'when { name = "a" } as x always { name = "b" } ends after x within 5s always { name = "c" } ends after x within 7s',
      ),
    ).rules[0]!;
    expect(decidable).toEqual({ kind: 'deadline', after: '7000000000' });
  });
});
