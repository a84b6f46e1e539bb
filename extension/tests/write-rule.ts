/** Spans of recorded traces as a rule that they keep. */
import { boundsOf, KINDS, type Span } from '../service/trace.js';
import { type FlowKey, flowKeys } from './flow-key.js';
import { durationText, quoted, testText } from './write-test.js';

/** What a rule could be about: one of the chosen spans, and what must be there with it. */
export interface RuleChoice {
  readonly trigger: Span;
  readonly clauses: readonly ChoiceClause[];
  /** Those that it is made of. */
  readonly chosen: readonly Span[];
  /** What they have in common, if they are of several traces. */
  readonly key?: FlowKey;
}

interface ChoiceClause {
  /** `always { name = "fraud.check" … } before c` */
  readonly text: string;
  /** For people: "fraud.check comes before payment.charge_card". */
  readonly meaning: string;
  /** A part of the rule's id. */
  readonly word: string;
  /** The spans of a test without what the clause demands. */
  readonly broken: (shown: readonly TraceSpans[]) => readonly TraceSpans[];
}

/** The spans of one trace, parents before their children. */
type TraceSpans = readonly Span[];

/**
 * The rules that these spans keep, one for each span that can be what the rule is about. A span can be that if nothing else around it has
 * its name and service, as otherwise each of those would be a case. Spans of several traces need something in common; where they have
 * nothing there is no rule.
 */
export function ruleChoices(traces: readonly TraceSpans[], chosen: readonly Span[]): readonly RuleChoice[] {
  const shown = traces.map((spans) => withAncestors(spans, chosen)).filter((spans) => spans.length > 0);
  const most = (span: Span): number => traces.flat().filter((other) => isAlike(other, span)).length;
  if (shown.length < 2) return choicesInTrace(shown.flat(), chosen, most);
  const { start, end } = boundsOf(chosen);
  return flowKeys(shown, chosen, end - start).flatMap((key): readonly RuleChoice[] => {
    const choices = choicesAbout(shown, chosen, key.sees).map((choice) => ({ ...choice, key }));
    const [first] = chosen;
    if (choices.length > 0 || first === undefined || key.attribute === undefined) return choices;
    return [{ trigger: first, clauses: [countClause(first, most(first))], chosen, key }];
  });
}

/** A rule about each span that is alone with its name, with what is there in the traces that a case about it sees. */
function choicesAbout(
  shown: readonly TraceSpans[],
  chosen: readonly Span[],
  sees: FlowKey['sees'] = () => true,
): readonly RuleChoice[] {
  const traceOf = (span: Span): TraceSpans => shown.find((spans) => spans.includes(span)) ?? [];
  return chosen
    .filter((span) => isAlone(span, shown.flat()))
    .flatMap((trigger): readonly RuleChoice[] => {
      const others = distinct(chosen.filter((span) => span !== trigger));
      if (others.length === 0 || !others.every((other) => sees(traceOf(trigger), traceOf(other)))) return [];
      const clauses = others.map((other) => relationClause(traceOf(trigger), other, trigger));
      return [{ trigger, clauses, chosen: [trigger, ...others] }];
    });
}

function choicesInTrace(
  shown: TraceSpans,
  chosen: readonly Span[],
  most: (span: Span) => number,
): readonly RuleChoice[] {
  const choices = choicesAbout([shown], chosen);
  if (choices.length > 0) return choices;
  const [first] = chosen;
  if (first === undefined) return [];
  if (chosen.length > 1) return [{ trigger: first, clauses: [countClause(first, most(first))], chosen }];
  const [root] = shown;
  return [
    ...(root === undefined || root === first || !isAlone(root, shown)
      ? []
      : [{ trigger: root, clauses: [relationClause(shown, first, root)], chosen: [root, first] }]),
    { trigger: first, clauses: [durationClause(first)], chosen },
  ];
}

/**
 * The rule, a test of the spans that passes, and for each clause one that violates it.
 *
 * @param taken ids that other rules have
 */
export function ruleFileText(
  { trigger, clauses, chosen, key }: RuleChoice,
  traces: readonly TraceSpans[],
  taken: ReadonlySet<string>,
): string {
  const [clause] = clauses;
  const wanted =
    clauses.length === 1 && clause !== undefined
      ? clause.word
      : `${idPart(trigger.name)}-with-${clauses.length}-spans`;
  const id = freeId(wanted, taken);
  const shown = traces
    .map((spans) => withAncestors(spans, chosen))
    .filter((spans) => spans.length > 0)
    .toSorted((a, b) => (boundsOf(a).start < boundsOf(b).start ? -1 : 1));
  const test = (title: string, expectation: string, part: readonly TraceSpans[]): string =>
    testText({
      title,
      rule: id,
      expectation,
      traces: part.filter((spans) => spans.length > 0).map(bare(shown, key)),
      keep: (scope, name) => scope === 'span' && name === key?.attribute,
    });
  return [
    `rule ${id} {`,
    `  summary = ${quoted(clauses.map(({ meaning }) => meaning).join('; '))}`,
    ...(key === undefined ? [] : [`  ${key.text}`]),
    '',
    `  when   ${patternOf(trigger)} as c`,
    ...clauses.map(({ text }) => `  ${text}`),
    '}',
    '',
    test(`as in trace ${(shown[0]?.[0]?.traceId ?? '').slice(0, 8)}`, 'pass', shown),
    ...clauses.map(({ broken, meaning }, index) =>
      test(`not so: ${meaning}`, `violation of always#${index + 1}`, broken(shown)),
    ),
  ].join('\n');
}

/** Traces with nothing but what the rule reads: names, times, the place in the tree, and what holds traces together. */
function bare(shown: readonly TraceSpans[], key: FlowKey | undefined): (spans: TraceSpans) => TraceSpans {
  const ids = new Set(shown.map(([first]) => first?.traceId));
  const links = new Map(
    shown.map((spans): [string | undefined, Span['links']] => [
      spans[0]?.traceId,
      spans.flatMap((span) => span.links).filter(({ traceId }) => ids.has(traceId)),
    ]),
  );
  const byLinks = key !== undefined && key.attribute === undefined;
  return (spans) =>
    spans.map((span, index) => ({
      ...span,
      kind: KINDS.indexOf('internal'),
      status: { code: 0, message: '' },
      events: [],
      // Whichever span has a link, it is one of its trace: it is there without the span that a clause demands.
      links: byLinks && index === 0 ? (links.get(span.traceId) ?? []) : [],
    }));
}

function relationClause(spans: readonly Span[], other: Span, trigger: Span): ChoiceClause {
  const relation = relationOf(spans, other, trigger);
  return {
    text: `always ${patternOf(other)} ${relation} c`,
    meaning: `${other.name} of ${other.service} is ${relation} ${trigger.name}`,
    word: `${idPart(other.name)}-${relation}-${idPart(trigger.name)}`,
    broken: (shown) => shown.map((spans) => spans.filter((span) => !isAlike(span, other))),
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

/** @param most how many there are in all the traces, chosen or not */
function countClause(span: Span, most: number): ChoiceClause {
  return {
    text: `always count(${patternOf(span)}) <= ${most}`,
    meaning: `there are at most ${most} of ${span.name}`,
    word: `at-most-${most}-${idPart(span.name)}`,
    broken: (shown) => {
      const there = shown.flat().filter((other) => isAlike(other, span)).length;
      const more = Array.from({ length: most + 1 - there }, () => span);
      return shown.map((spans) => {
        const place = spans.indexOf(span);
        return place === -1 ? spans : spans.toSpliced(place, 0, ...more);
      });
    },
  };
}

function durationClause(span: Span): ChoiceClause {
  const most = roundUp(2n * span.duration);
  return {
    text: `always c.duration < ${durationText(most)}`,
    meaning: `${span.name} takes less than ${durationText(most)}`,
    word: `${idPart(span.name)}-in-time`,
    broken: (shown) =>
      shown.map((spans) => spans.map((other) => (other === span ? { ...span, duration: most } : other))),
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

function isAlone(span: Span, around: TraceSpans): boolean {
  return around.every((other) => other === span || !isAlike(other, span));
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
  // Spans of other traces may have the same ids.
  for (const span of wanted.filter((own) => spans.includes(own)))
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
