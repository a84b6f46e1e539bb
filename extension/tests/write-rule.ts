/** Spans of a recorded trace as a rule that they keep. */
import { KINDS, type Span } from '../service/trace.js';
import { durationText, quoted, testText } from './write-test.js';

/** What a rule could be about: one of the chosen spans, and what must be there with it. */
export interface RuleChoice {
  readonly trigger: Span;
  readonly clauses: readonly ChoiceClause[];
  /** Those that it is made of. */
  readonly chosen: readonly Span[];
}

interface ChoiceClause {
  /** `always { name = "fraud.check" … } before c` */
  readonly text: string;
  /** For people: "fraud.check comes before payment.charge_card". */
  readonly meaning: string;
  /** A part of the rule's id. */
  readonly word: string;
  /** The spans of a test without what the clause demands. */
  readonly broken: (spans: readonly Span[]) => readonly Span[];
}

/**
 * The rules that these spans keep, one for each span that can be what the rule is about. A span can be that if nothing else around it has
 * its name and service, as otherwise each of those would be a case.
 */
export function ruleChoices(spans: readonly Span[], chosen: readonly Span[]): readonly RuleChoice[] {
  const around = withAncestors(spans, chosen);
  const isAlone = (span: Span): boolean => around.every((other) => other === span || !isAlike(other, span));
  const choices = chosen.filter(isAlone).flatMap((trigger): readonly RuleChoice[] => {
    const others = distinct(chosen.filter((span) => span !== trigger));
    const clauses = others.map((other) => relationClause(spans, other, trigger));
    return clauses.length === 0 ? [] : [{ trigger, clauses, chosen: [trigger, ...others] }];
  });
  if (choices.length > 0) return choices;
  const [first] = chosen;
  if (first === undefined) return [];
  if (chosen.length > 1) return [{ trigger: first, clauses: [countClause(first, chosen.length)], chosen }];
  const root = withAncestors(spans, chosen)[0];
  return [
    ...(root === undefined || root === first || !isAlone(root)
      ? []
      : [{ trigger: root, clauses: [relationClause(spans, first, root)], chosen: [root, first] }]),
    { trigger: first, clauses: [durationClause(first)], chosen },
  ];
}

interface RuleFile {
  readonly spans: readonly Span[];
  readonly traceId: string;
  /** Ids that other rules have. */
  readonly taken: ReadonlySet<string>;
}

/** The rule, a test of the spans that passes, and for each clause one that violates it. */
export function ruleFileText(
  { trigger, clauses, chosen }: RuleChoice,
  { spans, traceId, taken }: RuleFile,
): string {
  const [clause] = clauses;
  const wanted =
    clauses.length === 1 && clause !== undefined
      ? clause.word
      : `${idPart(trigger.name)}-with-${clauses.length}-spans`;
  const id = freeId(wanted, taken);
  const shown = withAncestors(spans, chosen);
  const test = (title: string, expectation: string, part: readonly Span[]): string =>
    testText({ title, rule: id, expectation, traces: [part.map(bare)], keep: () => false });
  return [
    `rule ${id} {`,
    `  summary = ${quoted(clauses.map(({ meaning }) => meaning).join('; '))}`,
    '',
    `  when   ${patternOf(trigger)} as c`,
    ...clauses.map(({ text }) => `  ${text}`),
    '}',
    '',
    test(`as in trace ${traceId.slice(0, 8)}`, 'pass', shown),
    ...clauses.map(({ broken, meaning }, index) =>
      test(`not so: ${meaning}`, `violation of always#${index + 1}`, broken(shown)),
    ),
  ].join('\n');
}

/** A span with nothing but what the rule reads: names, times and the place in the tree. */
function bare(span: Span): Span {
  return {
    ...span,
    kind: KINDS.indexOf('internal'),
    status: { code: 0, message: '' },
    events: [],
    links: [],
  };
}

function relationClause(spans: readonly Span[], other: Span, trigger: Span): ChoiceClause {
  const relation = relationOf(spans, other, trigger);
  return {
    text: `always ${patternOf(other)} ${relation} c`,
    meaning: `${other.name} of ${other.service} is ${relation} ${trigger.name}`,
    word: `${idPart(other.name)}-${relation}-${idPart(trigger.name)}`,
    broken: (shown) => shown.filter((span) => !isAlike(span, other)),
  };
}

/** How one span lies to the other, as the language says it. */
function relationOf(spans: readonly Span[], span: Span, other: Span): string {
  if (withAncestors(spans, [other]).includes(span)) return 'over';
  if (withAncestors(spans, [span]).includes(other)) return 'under';
  const [end, otherEnd] = [span.start + span.duration, other.start + other.duration];
  if (end <= other.start) return 'before';
  if (span.start >= otherEnd) return 'after';
  return span.start >= other.start && end <= otherEnd ? 'during' : 'overlaps';
}

function countClause(span: Span, most: number): ChoiceClause {
  return {
    text: `always count(${patternOf(span)}) <= ${most}`,
    meaning: `there are at most ${most} of ${span.name}`,
    word: `at-most-${most}-${idPart(span.name)}`,
    broken: (shown) => {
      const last = shown.findLastIndex((other) => isAlike(other, span));
      return shown.toSpliced(last + 1, 0, { ...span, depth: shown[last]?.depth ?? 0 });
    },
  };
}

function durationClause(span: Span): ChoiceClause {
  const most = roundUp(2n * span.duration);
  return {
    text: `always c.duration < ${durationText(most)}`,
    meaning: `${span.name} takes less than ${durationText(most)}`,
    word: `${idPart(span.name)}-in-time`,
    broken: (shown) => shown.map((other) => (other === span ? { ...span, duration: most } : other)),
  };
}

/** To one digit that is not zero: 1, 2 or 5. */
function roundUp(ns: bigint): bigint {
  const size = 10n ** BigInt(Math.max(0, ns.toString().length - 1));
  return [1n, 2n, 5n, 10n].map((digit) => digit * size).find((round) => round >= ns && round > 0n) ?? 1n;
}

function patternOf({ name, service }: Span): string {
  return `{ name = ${quoted(name)} && resource.service.name = ${quoted(service)} }`;
}

function isAlike(span: Span, other: Span): boolean {
  return span.name === other.name && span.service === other.service;
}

/** One of each name and service. */
function distinct(spans: readonly Span[]): readonly Span[] {
  return spans.filter((span, index) => spans.findIndex((other) => isAlike(other, span)) === index);
}

/** In the order of the trace. */
function withAncestors(spans: readonly Span[], wanted: readonly Span[]): readonly Span[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const found = new Set<Span>();
  for (const span of wanted)
    for (
      let ancestor: Span | undefined = span;
      ancestor !== undefined && !found.has(ancestor);
      ancestor = byId.get(ancestor.parentSpanId)
    )
      found.add(ancestor);
  return spans.filter((span) => found.has(span));
}

/** Ids have letters, digits, `-`, `_` and `.`. */
function idPart(name: string): string {
  const part = name
    .replace(/[^A-Za-z0-9_]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .toLowerCase();
  return part === '' ? 'span' : part;
}

const LONGEST_ID = 80;

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const base = (/^[a-z]/u.test(wanted) ? wanted : `rule-${wanted}`).slice(0, LONGEST_ID);
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}-${count}`;
  return id;
}
