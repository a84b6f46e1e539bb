/** The report that people read. */

import type { ReplayResult } from '../../../engine/replay/result.js';
import type { StorageRead } from '../../../engine/replay/storage-read.js';
import type { JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import { glyphsFor } from '../../shared/glyphs.js';
import { formatBytes, formatCount, formatDuration, formatShort, plural } from '../../shared/numbers.js';
import { printable, truncate } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { laterText, secondText, spanText } from '../../shared/times.js';
import { problemLine } from '../terminal/problem-line.js';
import { inReportOrder, isCalm, outcomeText } from './order.js';
import { partialText } from './rule-problems.js';
import { settlingText } from './settling.js';
import { sharingText } from './sharing.js';
import { summaryLines } from './summary-lines.js';
import type { TextContext } from './text-context.js';
import { traceRuleText } from './trace-text.js';
import { windowRuleText } from './window-text.js';

export interface TextOptions {
  readonly elapsedMs: number;
  /** Violations shown for each rule. */
  readonly samples: number;
  /** Whether each rule is described at length, and not only in a line of its own. */
  readonly details: boolean;
  readonly nowMs: number;
  readonly terminal: Pick<Terminal, 'width' | 'outStyle' | 'unicode' | 'outInteractive'>;
}

/** On a terminal the lines are as wide as that, within reason; in files, logs and mails, as wide as these take. */
const WIDEST = 200;
const WIDTH_ELSEWHERE = 80;

export function textReport(result: ReplayResult, options: TextOptions): string {
  const { terminal, samples, nowMs } = options;
  const context: TextContext = {
    result,
    samples,
    nowMs,
    width: Math.min(terminal.outInteractive ? WIDEST : WIDTH_ELSEWHERE, terminal.width),
    style: terminal.outStyle,
    glyphs: glyphsFor(terminal.unicode),
  };
  const rules = inReportOrder(result.rules);
  const lines = rules.length > 1 || !options.details ? summaryLines(rules, context) : [];
  const sections = [
    header(result, options, context),
    ...(lines.length === 0 ? [] : [lines.map((line) => `${line}\n`).join('')]),
    ...(options.details ? rules.map((rule) => ruleText(rule, context)) : []),
    footer(result, options, context),
  ];
  return sections.join('\n');
}

function ruleText(found: JudgedRule, context: TextContext): string {
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return traceRuleText(found, context);
    case 'window':
      return windowRuleText(found, context);
  }
}

function header(
  result: ReplayResult,
  { elapsedMs }: TextOptions,
  { style, glyphs, width }: TextContext,
): string {
  const { blocks, traces, spans, tenant } = result;
  const rate = formatShort((spans * 1000) / Math.max(1, elapsedMs));
  const facts = [
    plural(blocks.read, 'block'),
    plural(traces, 'trace'),
    plural(spans, 'span'),
    `${formatDuration(elapsedMs)}, ${rate} spans/s`,
  ];
  const where = truncate(printable(tenant), Math.max(12, Math.floor(width / 3)));
  const read = result.read === undefined ? '' : `${style.dim(readText(result.read))}\n`;
  return `${style.bold(where)}  ${rangeText(result, glyphs.dash)}\n${style.dim(facts.join(` ${glyphs.dot} `))}\n${read}`;
}

/** What a bucket was asked for. */
export function readText({ storage, identity, lists, gets, bytes, retried, hedged }: StorageRead): string {
  const by = identity === undefined ? '' : ` with ${identity}`;
  const again = [
    ...(retried > 0 ? [`${formatCount(retried)} made again`] : []),
    ...(hedged > 0 ? [`${formatCount(hedged)} made twice`] : []),
  ];
  const more = again.length > 0 ? ` (${again.join(', ')})` : '';
  return `read from ${printable(storage)}${by}: ${plural(lists + gets, 'request')}${more}, ${formatBytes(bytes)}`;
}

function rangeText({ range: { fromNs, toNs } }: ReplayResult, dash: string): string {
  if (fromNs === undefined || toNs === undefined) return 'no traces';
  // The end is exclusive, so the last nanosecond before it is what was looked at.
  return `${secondText(fromNs)} ${dash} ${laterText(toNs - 1n, fromNs)} UTC (${spanText(toNs - fromNs)})`;
}

function footer(
  result: ReplayResult,
  { details }: TextOptions,
  { style, glyphs, nowMs }: TextContext,
): string {
  const { unread, warnings } = result.blocks;
  const incomplete = partialText(result);
  const { rules } = result;
  const drawn = details && rules.some(({ kind, violated }) => kind !== 'window' && violated > 0);
  const problems = [...unread, ...warnings].map((problem) => `${problemLine(problem, style)}\n`);
  const legend = drawn
    ? `${style.dim(`timelines: ${glyphs.calm} applied and held, blank did not apply`)}\n`
    : '';
  const settling = settlingText(result, nowMs);
  const sharing = sharingText(result);
  const notes = [
    ...(settling === undefined ? [] : [settling.join('\n      ')]),
    ...(sharing === undefined ? [] : [sharing]),
  ];
  const note = notes.map((text) => style.yellow(`note: ${text}\n`)).join('');
  const partial = incomplete === undefined ? '' : style.yellow(`partial, ${incomplete}. `);
  const violations = rules.some(({ violated }) => violated > 0);
  const colour = violations ? style.red : rules.every(isCalm) ? style.green : style.yellow;
  const outcome = `${plural(rules.length, 'rule')}: ${outcomeText(rules)}`;
  const more =
    details || rules.every(isCalm) ? '' : style.dim('more of each: --limit 3; of one: --rule ID\n');
  return `${problems.join('')}${legend}${note}${more}${partial}${colour(outcome)}\n`;
}
