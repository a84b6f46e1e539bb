import type { Range } from '../../../engine/language/tree/ast.js';
import { SEVERITIES, type Severity } from '../../../engine/language/words/settings.js';
import { codeBlock } from '../../docs/markdown.js';
import { type CompletionEntry, RANK } from './entry.js';
import { withoutSnippetSyntax } from './snippet-syntax.js';

/** Whole rules by what they are for. `«1:text»` is a place to fill in, `«2|a,b»` one with a choice. */
interface Snippet {
  readonly label: string;
  readonly detail: string;
  readonly body: string;
}

/** A place for a severity: any, this one first. */
function severity(first: Severity): string {
  return `«2|${[first, ...SEVERITIES.filter((severity) => severity !== first)].join(',')}»`;
}

const RULES: readonly Snippet[] = [
  {
    label: 'rule: A needs B',
    detail: 'whenever A happens, B happens in the same trace',
    body: `rule «1:a-needs-b» {\n  severity = ${severity('medium')}\n  summary  = "«3:Every A comes with a B»"\n\n  when   { name = "«4:A»" }\n  always { name = "«5:B»" }\n}\n`,
  },
  {
    label: 'rule: A without B',
    detail: 'a trace must not have A but no B',
    body: `rule «1:no-a-without-b» {\n  severity = ${severity('medium')}\n  summary  = "«3:No A without a B»"\n\n  when   { name = "«4:A»" } as a\n  always { name = "«5:B»" } under a\n}\n`,
  },
  {
    label: 'rule: A before B',
    detail: 'B only after A has ended',
    body: `rule «1:a-before-b» {\n  severity = ${severity('medium')}\n  summary  = "«3:A is done before B starts»"\n\n  when   { name = "«4:B»" } as b\n  always { name = "«5:A»" } before b within «6:30s»\n}\n`,
  },
  {
    label: 'rule: at most N',
    detail: 'no more than N spans of a kind in a trace',
    body: `rule «1:at-most-n» {\n  severity = ${severity('medium')}\n  summary  = "«3:At most 3 retries»"\n\n  always count({ name = "«4:http.retry»" }) <= «5:3»\n}\n`,
  },
  {
    label: 'rule: same tenant',
    detail: 'two spans of a trace agree on an attribute',
    body: `rule «1:same-tenant» {\n  severity = ${severity('critical')}\n  summary  = "«3:A request stays in its tenant»"\n\n  when  { name = "«4:A»" } as a\n  never { name = "«5:B»" && span.«6:tenant.id» != a.span.«6:tenant.id» }\n}\n`,
  },
  {
    label: 'rule: never',
    detail: 'spans that no trace may have',
    body: `rule «1:never-this» {\n  severity = ${severity('medium')}\n  summary  = "«3:Nothing does this»"\n\n  never { «4:status = error» }\n}\n`,
  },
  {
    label: 'rule: once per key',
    detail: 'nothing is done twice for one key',
    body: `rule «1:once-per-key» {\n  severity = ${severity('high')}\n  summary  = "«3:Each key is used once»"\n\n  never { name = "«4:A»" } | by(span.«5:idempotency.key») | count() > 1\n}\n`,
  },
  {
    label: 'rule: steps in order',
    detail: 'one step after another, within a time',
    body: `rule «1:steps-in-order» {\n  severity = ${severity('medium')}\n  summary  = "«3:Begin, then commit»"\n\n  when   { name = "«4:begin»" }\n  always { name = "«4:begin»" } then { name = "«5:commit»" } within «6:10s»\n}\n`,
  },
  {
    label: 'rule: across traces',
    detail: 'B follows A in whatever trace, by a key',
    body: `rule «1:b-follows-a» {\n  severity = ${severity('high')}\n  summary  = "«3:Every order is shipped in time»"\n  across span.«4:order.id» within «5:1h»\n\n  when   { name = "«6:A»" } as a\n  always { name = "«7:B»" } after a within «8:10m»\n}\n`,
  },
  {
    label: 'rule: across links',
    detail: 'B follows A in a trace that links to it',
    body: `rule «1:b-is-linked-to-a» {\n  severity = ${severity('high')}\n  summary  = "«3:Every read is audited»"\n  across links within «4:10m»\n\n  when   { name = "«5:A»" } as a\n  always { name = "«6:B»" } after a within «7:1m»\n}\n`,
  },
  {
    label: 'rule: too often in a time',
    detail: 'at most N of a key in a window that slides with it',
    body: `rule «1:not-too-often» {\n  severity = ${severity('high')}\n  summary  = "«3:At most five failures in five minutes»"\n  across span.«4:user.name» within «5:5m»\n\n  when  { name = "«6:A»" } as first\n  never count({ name = "«6:A»" && span:start >= first.start }) > «7:5»\n}\n`,
  },
  {
    label: 'rule: over many traces',
    detail: 'a rate by service, in windows that overlap',
    body: `rule «1:errors-are-rare» {\n  severity = ${severity('high')}\n  summary  = "«3:Few requests fail»"\n  over «4:5m» every «5:1m»\n\n  never ({ «6:status = error» } | rate() by («7:resource.service.name»))\n    / ({ } | rate() by («7:resource.service.name»)) > «8:0.01»\n}\n`,
  },
];

const OTHERS: readonly Snippet[] = [
  {
    label: 'let: pattern',
    detail: 'a name for a pattern',
    body: 'let «1:pattern-name» = { «2:name = "A"» }\n',
  },
  {
    label: 'test: violation',
    detail: 'a trace on which a rule must be violated',
    body: 'test "«1:what happens»" of «2:rule-id» {\n  «3:service» "«4:span»" 0ms..100ms {\n    «5»\n  }\n  expect violation\n}\n',
  },
  {
    label: 'test: several traces',
    detail: 'what a rule across traces gives for them',
    body: 'test "«1:what happens»" of «2:rule-id» {\n  «3:service» "«4:span»" 0ms..100ms { span.«5:order.id» = "«6:1»" }\n  trace "«7:later»" «8:5m» {\n    «9:service» "«10:span»" 0ms..100ms { span.«5:order.id» = "«6:1»" }\n  }\n  expect pass\n}\n',
  },
];

/** What is there to choose from in a snippet, the likeliest first. */
export interface SnippetNames {
  readonly spans: readonly string[];
  readonly services: readonly string[];
  readonly rules: readonly string[];
  /** Keys of attributes of spans that go across traces, such as ids of orders. */
  readonly keys: readonly string[];
}

/** The most that a place has to choose from. */
const MOST_CHOICES = 8;

/** A body with the names that there are in the places of made-up ones. */
function withNames(body: string, { spans, services, rules, keys }: SnippetNames): string {
  // Of two spans that a rule relates, the second place begins with another name than the first.
  let places = 0;
  const choice = (n: string, names: readonly string[], instead: string): string => {
    const fitting = names.filter((name) => !/[",|{}$\\»]/u.test(name)).slice(0, MOST_CHOICES);
    return fitting.length === 0 ? instead : `«${n}|${fitting.join(',')}»`;
  };
  return body
    .replace(/name = "(«(\d+):[^»]*»)"/gu, (_, instead: string, n: string) => {
      const first = places++ % Math.max(1, spans.length);
      return `name = "${choice(n, [...spans.slice(first), ...spans.slice(0, first)], instead)}"`;
    })
    .replace(/«(\d+):service»/gu, (instead, n: string) =>
      choice(
        n,
        services.filter((name) => /^[A-Za-z_][\w-]*$/u.test(name)),
        instead,
      ),
    )
    .replace(/"(«(\d+):span»)"/gu, (_, instead: string, n: string) => `"${choice(n, spans, instead)}"`)
    .replace(/of («(\d+):rule-id»)/gu, (_, instead: string, n: string) => `of ${choice(n, rules, instead)}`)
    .replace(
      /across span\.(«(\d+):[^»]*»)/gu,
      (_, instead: string, n: string) => `across span.${choice(n, keys, instead)}`,
    );
}

/** Snippets for whole items. */
export function itemSnippets(replace: Range, names: SnippetNames): readonly CompletionEntry[] {
  return [...RULES, ...OTHERS]
    .map(({ label, detail, body: made }) => [label, detail, withNames(made, names)] as const)
    .map(([label, detail, body]) => ({
      label,
      kind: 'snippet',
      detail,
      documentation: codeBlock(withoutSnippetSyntax(snippetSyntax(body))),
      insert: snippetSyntax(body),
      snippet: true,
      replace,
      rank: RANK.snippet,
    }));
}

/** In the snippet syntax of the protocol. */
function snippetSyntax(body: string): string {
  return body.replace(/«(\d+)(?:\|([^»]*)|([^»]*))»/gu, (_, n: string, choice?: string, rest = '') =>
    choice === undefined ? `\${${n}${rest}}` : `\${${n}|${choice}|}`,
  );
}
