/**
 * Reads as much PromQL as the dashboards and alerts are written in, and says which labels the series of the answer have
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/). Whatever it does not know is an error: a name of a metric or label that
 * nobody has would be an empty panel, and an alert that never fires.
 */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Labels = ReadonlySet<string>;

/** What Prometheus adds to whatever it scrapes. */
const TARGET = ['job', 'instance'];
/** What Prometheus itself has for each target. */
const OF_PROMETHEUS: readonly Series[] = [{ name: 'up', labels: {} }];

const AGGREGATIONS = new Set(['sum', 'min', 'max', 'count', 'avg']);
const RANGE_FUNCTIONS = new Set(['rate', 'increase', 'min_over_time']);
const PRECEDENCE: readonly (readonly string[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '>', '<', '>=', '<='],
  ['+', '-'],
  ['*', '/'],
];

const TOKEN =
  /\s*(?:([a-zA-Z_:][a-zA-Z0-9_:]*)|(\d+(?:\.\d+)?(?:ms|[smhdwy])?)|"((?:[^"\\]|\\.)*)"|(=~|!~|==|!=|>=|<=|[-+*/%^<>=(){}[\],:]))/y;

type Token = { readonly kind: 'name' | 'number' | 'text' | 'sign'; readonly text: string };

export function labelsOf(query: string, scraped: readonly Series[]): Labels {
  const reader = new Reader(tokensOf(query), [...scraped, ...OF_PROMETHEUS]);
  const labels = reader.operators(0);
  reader.end();
  return labels;
}

function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.trimEnd().length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(query);
    if (match === null) throw new Error(`not PromQL here: ${query.slice(start)}`);
    const [, name, number, text, sign] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (text !== undefined) tokens.push({ kind: 'text', text });
    else tokens.push({ kind: 'sign', text: sign! });
  }
  return tokens;
}

class Reader {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly series: readonly Series[],
  ) {}

  end(): void {
    if (this.at < this.tokens.length) throw new Error(`more after the end: ${this.tokens[this.at]!.text}`);
  }

  operators(level: number): Labels {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.operand();
    let left = this.operators(level + 1);
    for (;;) {
      const operator = operators.find((operator) => this.takes(operator));
      if (operator === undefined) return left;
      const on = this.takes('on') ? this.names() : undefined;
      const right = this.operators(level + 1);
      for (const label of on ?? []) this.need(left, label, right);
      const isSet = operator === 'or' || operator === 'and' || operator === 'unless';
      // Unlike labels match nothing, unless `on` names those that count or one side is a number.
      if (operator !== 'or' && on === undefined && left.size > 0 && right.size > 0 && !same(left, right))
        throw new Error(`${operator} compares ${[...left]} with ${[...right]}`);
      if (!isSet && on !== undefined) left = new Set(on);
    }
  }

  private operand(): Labels {
    if (this.takes('(')) {
      const inner = this.operators(0);
      this.take(')');
      return inner;
    }
    const token = this.next();
    if (token.kind === 'number') return new Set();
    if (token.kind !== 'name') throw new Error(`no operand: ${token.text}`);
    if (AGGREGATIONS.has(token.text)) return this.aggregation();
    if (this.takes('(')) return this.call(token.text);
    return this.selector(token.text);
  }

  private aggregation(): Labels {
    const by = this.takes('by') ? this.names() : [];
    this.take('(');
    const inner = this.operators(0);
    this.take(')');
    for (const label of by) this.need(inner, label);
    return new Set(by);
  }

  private call(name: string): Labels {
    if (name === 'histogram_quantile') {
      this.operators(0);
      this.take(',');
      const inner = this.operators(0);
      this.take(')');
      this.need(inner, 'le');
      return new Set([...inner].filter((label) => label !== 'le'));
    }
    if (name !== 'vector' && !RANGE_FUNCTIONS.has(name)) throw new Error(`no such function here: ${name}`);
    const before = this.at;
    const inner = this.operators(0);
    const ranged = this.tokens.slice(before, this.at).some(({ text }) => text === '[');
    if (RANGE_FUNCTIONS.has(name) !== ranged) throw new Error(`${name} over ${ranged ? 'a' : 'no'} range`);
    this.take(')');
    return inner;
  }

  private selector(metric: string): Labels {
    const candidates = this.series.filter(({ name }) => name === metric);
    if (candidates.length === 0) throw new Error(`nobody has the metric ${metric}`);
    const known = new Set([...candidates.flatMap(({ labels }) => Object.keys(labels)), ...TARGET]);
    if (this.takes('{')) {
      while (!this.takes('}')) {
        const label = this.next().text;
        this.need(known, label);
        const operator = this.next().text;
        const { text: value } = this.next();
        const exact = operator === '=' || operator === '!=';
        if (exact && !TARGET.includes(label) && !candidates.some(({ labels }) => labels[label] === value))
          throw new Error(`${metric} has no ${label} "${value}"`);
        if (!exact) new RegExp(value);
        this.takes(',');
      }
    }
    if (this.takes('[')) {
      this.next();
      this.take(']');
    }
    if (this.takes('offset')) this.next();
    return known;
  }

  private names(): readonly string[] {
    const names: string[] = [];
    this.take('(');
    while (!this.takes(')')) {
      names.push(this.next().text);
      this.takes(',');
    }
    return names;
  }

  private need(labels: Labels, label: string, also: Labels = labels): void {
    if (!labels.has(label) || !also.has(label)) throw new Error(`no label ${label} among ${[...labels]}`);
  }

  private next(): Token {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Error('more expected');
    return token;
  }

  private takes(text: string): boolean {
    const token = this.tokens[this.at];
    if (token === undefined || token.kind === 'text' || token.text !== text) return false;
    this.at++;
    return true;
  }

  private take(text: string): void {
    if (!this.takes(text))
      throw new Error(`${text} expected, not ${this.tokens[this.at]?.text ?? 'the end'}`);
  }
}

function same(a: Labels, b: Labels): boolean {
  return a.size === b.size && [...a].every((label) => b.has(label));
}

/** The text exposition format: https://prometheus.io/docs/instrumenting/exposition_formats/. */
export function readMetrics(text: string): readonly Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`no sample: ${line}`);
      const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
      return { name, labels: Object.fromEntries(pairs.map(([, label, value]) => [label!, value!])) };
    });
}
