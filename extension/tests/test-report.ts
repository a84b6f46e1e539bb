/** What `betrace test --format json` prints. */
export interface TestReport {
  /** Every `always` and `never` of the rules of the files: how many tests show that it can fail, and that it can hold. */
  readonly clauses: readonly CoveredClause[];
  readonly results: readonly {
    readonly path: string;
    readonly title: string;
    readonly rule: string;
    readonly passed: boolean;
    readonly expected: string;
    readonly actual: string;
    readonly problem: string | null;
    /** The spans of the test, drawn; empty where they are in a file. */
    readonly waterfall: readonly string[];
    readonly violations: readonly {
      readonly clause: string;
      readonly spans: readonly {
        readonly bound: string | null;
        readonly name: string;
        readonly service: string | null;
      }[];
      readonly values: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

export interface CoveredClause {
  readonly rule: string;
  /** `always#1` */
  readonly clause: string;
  readonly violatedBy: number;
  readonly heldBy: number;
}

type Result = TestReport['results'][number];

/** What the rule gave, with everything that explains it, one thing on a line. */
export function actualText({ actual, violations, problem }: Result): string {
  if (problem !== null) return `could not run: ${problem}`;
  return [
    actual,
    ...violations.flatMap(({ clause, spans, values }) => [
      `broken: ${clause}`,
      ...spans.map(({ bound, name, service }) => `  ${bound ?? 'span'}: ${service ?? 'unknown'} "${name}"`),
      ...Object.entries(values).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`),
    ]),
  ].join('\n');
}

/** Everything about a test, as lines for people: what was expected, what came, and the spans that the rule saw. */
export function printed(result: Result): string {
  const { title, rule, expected, passed, waterfall } = result;
  const lines = [
    `${passed ? 'passed' : 'FAILED'}  ${rule}: ${title}`,
    `  expected ${expected}`,
    ...actualText(result)
      .split('\n')
      .map((line, n) => (n === 0 ? `  got      ${line}` : `  ${line}`)),
    ...(waterfall.length === 0 ? [] : ['', ...waterfall.map((line) => `  ${line}`)]),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
