import { describe, expect, it } from 'vitest';
import { importRules } from '../../engine/import/import-rules.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';

function imported(condition: string): { readonly rule: string; readonly notes: string } {
  const { text, problems } = importRules(JSON.stringify({ rules: [{ id: 'r', condition }] }));
  expect(problems).toEqual([]);
  const { files } = loadWorkspace(new Map([['a.betrace', text]]));
  const errors = [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter(({ severity }) => severity === 'error'),
  );
  expect(errors, text).toEqual([]);
  const lines = text.split('\n');
  return {
    rule: lines
      .filter((line) => !line.startsWith('//'))
      .join(' ')
      .replace(/ +/gu, ' ')
      .trim(),
    notes: lines
      .filter((line) => line.startsWith('//'))
      .map((line) => line.slice(3))
      .join(' '),
  };
}

describe('conditions that mean what they say', () => {
  it.each([
    ['when { payment } always { fraud_check }', 'when { name = "payment" } always { name = "fraud_check" }'],
    [
      'when { payment.charge_card.where(amount > 1000) } always { payment.fraud_check } never { payment.bypass }',
      'when { name = "payment.charge_card" && span.amount > 1000 } always { name = "payment.fraud_check" } never { name = "payment.bypass" }',
    ],
    [
      'when { db.query.where("data.contains_pii" == true) } always { auth.check }',
      'when { name = "db.query" && span.data.contains_pii = true } always { name = "auth.check" }',
    ],
    [
      'when { a.where(x == "y").where(z == 1.5) } never { b }',
      'when { name = "a" && span.x = "y" && span.z = 1.5 } never { name = "b" }',
    ],
    [
      'when { a.where(currency == USD or region in [eu, us]) } never { b }',
      'when { name = "a" && (span.currency = "USD" || span.region in ("eu", "us")) } never { name = "b" }',
    ],
    [
      'when { a.where(x >= 1 and y > 2 or z > 3) } never { b }',
      'when { name = "a" && (span.x >= 1 && span.y > 2 || span.z > 3) } never { name = "b" }',
    ],
    [
      'when { a.where(note contains fraud) } never { b.where(path matches "/admin/.*") }',
      'when { name = "a" && span.note contains "fraud" } never { name = "b" && span.path =~ ".*/admin/.*" }',
    ],
    [
      'when { a.where(p matches "^x$") } never { b.where(q matches "a|b") }',
      'when { name = "a" && span.p =~ "x" } never { name = "b" && span.q =~ ".*(?:a|b).*" }',
    ],
    [
      'when { a.where(not verified) } never { b.where(new) }',
      'when { name = "a" && (span.verified = nil || span.verified != true) } never { name = "b" && span.new = true }',
    ],
    [
      'when { count(http.retry) > 3 and not (a or b) } always { c and d }',
      'when count({ name = "http.retry" }) > 3 and not ({ name = "a" } or { name = "b" }) always { name = "c" } and { name = "d" }',
    ],
    [
      'when { count(a) != count(b) } never { c }',
      'when count({ name = "a" }) != count({ name = "b" }) never { name = "c" }',
    ],
    // Refused by the old parser, with one meaning all the same.
    [
      'when { checkout-service.where(x > -1) } never { b } always { not not c }',
      'when { name = "checkout-service" && span.x > -1 } always not not { name = "c" } never { name = "b" }',
    ],
  ])('%s', (condition, clauses) => {
    const { rule, notes } = imported(condition);
    expect(rule).toBe(`rule r { ${clauses} }`);
    expect(notes).toBe('');
  });
});

describe('conditions that could not have meant what they say', () => {
  it.each([
    [
      'when { payment.amount > 1000 } always { b }',
      'when { name = "payment" && span.amount > 1000 } always { name = "b" }',
      'took `payment.amount` for the name of a span',
    ],
    [
      'when { a > 2 } never { b }',
      'when count({ name = "a" }) > 2 never { name = "b" }',
      'Here its spans are counted',
    ],
    [
      'when { a.where(x == false) } never { b }',
      'when { name = "a" && span.x = false } never { name = "b" }',
      'read `x == false` as `x == true`',
    ],
    [
      'when { a.where(data.pii == true) } never { b }',
      'when { name = "a" && span.data.pii = true } never { name = "b" }',
      'refused `data.pii` without quotes',
    ],
    [
      'when { a.where(x > y) } never { b }',
      'when { name = "a" && span.x > span.y } never { name = "b" }',
      'compared `x` with the word "y"',
    ],
    [
      'when { a.where(x in ["s", "t"]) } never { b }',
      'when { name = "a" && span.x in ("s", "t") } never { name = "b" }',
      'never found `x` in a list of quoted values',
    ],
    [
      'when { a.where(x != "s") } never { b }',
      'when { name = "a" && span.x != "s" } never { name = "b" }',
      'a span without `x`',
    ],
    [
      'when { a.where(not (x == 200)) } never { b }',
      'when { name = "a" && !(span.x = 200) } never { name = "b" }',
      'a span without `x`',
    ],
    ['when { a.where(x > 1) }', 'enabled = false never { name = "a" && span.x > 1 }', 'demanded nothing'],
    [
      'when { a } always { security_alert }',
      'when { name = "a" } always { name = "security_alert" }',
      'write it behind `never`',
    ],
  ])('%s', (condition, clauses, note) => {
    const { rule, notes } = imported(condition);
    expect(rule).toBe(`rule r { ${clauses} }`);
    expect(notes).toContain(note);
  });
});

describe('rules that cannot be read', () => {
  it.each([
    ['trace.has(payment) and trace.has(fraud.check)', 'expected when, always or never at "trace'],
    ['when { a', 'expected } at its end'],
    ['when { a } when { b }', 'expected no second when'],
    ['always { a }', 'expected when at its end'],
    ['when { a.where( } never { b }', 'expected a name at "} never'],
    [`when { ${'('.repeat(5000)}a`, 'nested more than 200 deep'],
    ['', 'no condition'],
  ])('%s', (condition, problem) => {
    const { text, rules, problems } = importRules(JSON.stringify({ rules: [{ id: 'r', condition }] }));
    expect(rules).toBe(0);
    expect(problems.join()).toContain(problem);
    expect(loadWorkspace(new Map([['a.betrace', text]])).files.get('a.betrace')?.diagnostics).toEqual([]);
  });

  it.each(['', 'a: [', '- 1', 'x', '{}', 'rules: []'])('files such as %j give no rule', (text) => {
    expect(importRules(text).rules).toBe(0);
  });
});

const FILE = `
# as the older examples have it
rules:
  - id: PII access!
    name: Access is authorised
    description: |
      Reads of personal data
      need an "authorisation".
    severity: CRITICAL
    compliance_frameworks: [SOC2, HIPAA]
    condition: when { pii.read } always { auth.check.where(granted == true) }
    example_violation:
      description: nobody asked
      trace:
        - span: pii.read
          attributes: { user: u1, rows: 3, ratio: 0.5, cached: false, gone: null }
  - id: cited
    condition: when { diagnosis } never { citation }
    example_violation:
      trace: [{ span: diagnosis }]
  - id: cited
    enabled: false
    condition: when { diagnosis } always { citation }
`;

it('says of an example that is about one thing how to follow that over traces', () => {
  const fileOf = (other: string): string => `
rules:
  - id: shipped
    condition: when { order.placed } always { order.shipped }
    example_violation:
      trace:
        - span: order.placed
          attributes: { order.id: o1, tenant: t }
        - span: order.cancelled
          attributes: { order.id: ${other}, tenant: t }
`;
  const { text, noted } = importRules(fileOf('o1'));
  expect(noted).toBe(1);
  expect(text.replace(/\n\/\/ /g, ' ')).toContain(
    'All spans of the example have the same `span.order.id`, and this looks at each trace by itself. Where they are in several traces, add `across span.order.id within 1h` to the settings',
  );
  expect(importRules(fileOf('o2')).noted).toBe(0);
  // What the note says can be done.
  const followed = text.replace(/^ +when/mu, '  across span.order.id within 1h\n\n$&');
  const { files } = loadWorkspace(new Map([['a.betrace', followed]]));
  const found = [...files.values()].flatMap(({ diagnostics }) => diagnostics);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
});

describe('a whole file', () => {
  const { text, rules, noted, problems } = importRules(FILE);

  it('has rules, settings and tests', () => {
    expect({ rules, noted, problems }).toEqual({ rules: 3, noted: 1, problems: [] });
    expect(text).toMatchInlineSnapshot(`
      "rule PII-access {
        severity    = critical
        summary     = "Access is authorised"
        description = "Reads of personal data\\nneed an \\"authorisation\\"."
        evidence    = ["SOC2", "HIPAA"]

        when   { name = "pii.read" }
        always { name = "auth.check" && span.granted = true }
      }

      test "nobody asked" of PII-access {
        example "pii.read" 0s..5ms {
          span.user = "u1"
          span.rows = 3
          span.ratio = 0.5
          span.cached = false
        }
        expect violation
      }

      // The example that came with the rule does not violate it, and would if \`never\` were \`always\`: most
      // likely that was meant.
      rule cited {
        when  { name = "diagnosis" }
        never { name = "citation" }
      }

      test "the example of the older rule" of cited {
        example "diagnosis" 0s..5ms
        expect violation
      }

      rule cited-2 {
        enabled = false

        when   { name = "diagnosis" }
        always { name = "citation" }
      }
      "
    `);
  });

  it('has no errors, and keeps rules that are switched off so', () => {
    const workspace = loadWorkspace(new Map([['a.betrace', text]]));
    expect([...workspace.files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
    expect(workspace.rules.map(({ item, settings }) => [item.id.text, settings.enabled])).toEqual([
      ['PII-access', true],
      ['cited', true],
      ['cited-2', false],
    ]);
    expect(workspace.tests).toHaveLength(2);
  });

  it('may be the file in which the older server kept its rules', () => {
    const stored = JSON.stringify({ one: { id: 'one', expression: 'when { a } never { b }' } });
    expect(importRules(stored).rules).toBe(1);
  });
});

describe('what the old engine compared', () => {
  const old = (severity: string, amount: string, test = '> 1000') =>
    importRules(
      JSON.stringify({
        rules: [
          {
            id: 'large',
            severity,
            condition: `when { charge.where(amount ${test}) } always { check }`,
            example_violation: { trace: [{ span: 'charge', attributes: { amount } }] },
          },
        ],
      }),
    ).text;

  it('was numbers where texts are numbers: the test has the number, and is a violation', () => {
    const text = old('HIGH', '2000');
    expect(text).toContain('span.amount = 2000');
    expect(text).not.toContain('does not violate it');
    expect(text.replace(/\n\/\/ /gu, ' ')).toContain('the attribute `amount` has to be a number');
  });

  it.each(['== 2000', '!= 1000', '>= 2000'])('was numbers for `%s`, too', (test) => {
    const text = old('HIGH', '2000', test);
    expect(text).toContain('span.amount = 2000');
    expect(text).toContain('expect violation');
    expect(text).not.toContain('does not violate it');
    expect(text.replace(/\n\/\/ /gu, ' ')).toContain(
      'one that is sent as a text never compares with a number',
    );
  });

  it('was no number where a text is none', () => {
    expect(old('HIGH', 'many')).toContain('span.amount = "many"');
    expect(old('HIGH', 'many')).toContain('does not violate it');
  });

  it('had severities that are reported where they are unknown', () => {
    expect(old('BOGUS', '2000')).toContain('The severity "BOGUS" of the old rule is none of');
    expect(old('HIGH', '2000')).not.toContain('The severity');
  });
});
