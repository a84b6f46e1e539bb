/** Writes what a replay found, in whatever format, and tells by the exit code what it was. */
import { isPartial, type ReplayResult } from '../../../engine/replay/result.js';
import type { Terminal } from '../../shared/terminal.js';
import { version } from '../../shared/version.js';
import { type FormatName, REPORT_FORMATS } from './formats.js';
import { isUndecided, isVacuous } from './order.js';
import { settlingText } from './settling.js';
import { warnOf } from './warnings.js';

export interface ReportOptions {
  readonly format: FormatName;
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Whether the user said how many. */
  readonly limitGiven: boolean;
  readonly elapsedMs: number;
  readonly command: 'replay' | 'merge';
}

/** The services of this many violations are counted, even where fewer are shown. */
const SERVICES_FROM = 1000;

/** Violations of each rule that a result has to list for a format that shows `limit` of them. */
export function listedFor(format: FormatName, limit: number): number {
  return REPORT_FORMATS[format].countsServices ? Math.max(limit, SERVICES_FROM) : limit;
}

export async function reportResult(
  result: ReplayResult,
  { format, limit, limitGiven, elapsedMs, command }: ReportOptions,
  terminal: Terminal,
): Promise<void> {
  // On a terminal the text report says it all.
  if (format !== 'text' || !terminal.outInteractive) warnOf(result, terminal, command);
  const settling = format === 'text' ? undefined : settlingText(result, Date.now());
  if (settling !== undefined) terminal.err(`betrace ${command}: ${settling.join(' ')}\n`);
  const made = { nowMs: Date.now(), version: await version() };
  terminal.out(REPORT_FORMATS[format].write({ result, limit, limitGiven, elapsedMs, terminal, ...made }));
}

/** 3 for a result that lacks something, 1 with violations, 4 where a rule is vacuous or undecided, else 0. */
export function exitCodeOf(result: ReplayResult): 0 | 1 | 3 | 4 {
  if (isPartial(result)) return 3;
  if (result.rules.some(({ violated }) => violated > 0)) return 1;
  return result.rules.some((rule) => isVacuous(rule) || isUndecided(rule)) ? 4 : 0;
}
