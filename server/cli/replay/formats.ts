import type { ReplayResult } from '../../../engine/replay/result.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { printableJson } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { csvReport } from './csv.js';
import { htmlReport } from './html/report.js';
import { markdownReport } from './markdown.js';
import { textReport } from './text.js';

/** What a report is of, and for. */
export interface Reported {
  readonly result: ReplayResult;
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Whether the user said how many. */
  readonly limitGiven: boolean;
  readonly elapsedMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly version: string;
  readonly terminal: Terminal;
}

interface ReportFormat {
  /** What the help says after its name. */
  readonly help: string;
  /** Violations listed for each rule where the user does not say how many. */
  readonly limit: number;
  /** Whether it counts the services of violations, for which more of them are looked at than are listed. */
  readonly countsServices: boolean;
  readonly write: (reported: Reported) => string;
}

/** Every format of a replay's result, in the order in which the help lists them. */
export const REPORT_FORMATS = {
  text: {
    help: ' (default)',
    limit: 3,
    countsServices: true,
    write: ({ result, limit, limitGiven, elapsedMs, nowMs, terminal }) => {
      // One rule alone is asked about for what there is of it.
      const details = limitGiven || result.rules.length === 1;
      return textReport(result, { elapsedMs, samples: limit, details, nowMs, terminal });
    },
  },
  json: {
    help: '',
    limit: 10_000,
    countsServices: false,
    write: ({ result, limit }) => `${printableJson(replayJson(withLimit(result, limit)), 2)}\n`,
  },
  csv: {
    help: '',
    limit: 10_000,
    countsServices: false,
    write: ({ result, limit }) => csvReport(withLimit(result, limit)),
  },
  html: {
    help: ' for a file with pictures to send',
    limit: 10,
    countsServices: true,
    write: ({ result, limit, nowMs, version }) => htmlReport(result, { limit, nowMs, version }),
  },
  md: {
    help: ' for an incident document',
    limit: 10,
    countsServices: true,
    write: ({ result, limit }) => markdownReport(result, limit),
  },
} as const satisfies Readonly<Record<string, ReportFormat>>;

export type FormatName = keyof typeof REPORT_FORMATS;
export const FORMAT_NAMES = Object.keys(REPORT_FORMATS) as readonly FormatName[];

/** `text (default), json, csv, or md for an incident document`. */
export function formatsHelp(): string {
  const each = FORMAT_NAMES.map((name) => `${name}${REPORT_FORMATS[name].help}`);
  return `${each.slice(0, -1).join(', ')}, or ${each.at(-1)}`;
}

/** `3 in text, 10 in md, 10000 in json and csv`. */
export function limitsHelp(): string {
  const limits = [...new Set(FORMAT_NAMES.map((name) => REPORT_FORMATS[name].limit))].sort((a, b) => a - b);
  return limits
    .map(
      (limit) =>
        `${limit} in ${FORMAT_NAMES.filter((name) => REPORT_FORMATS[name].limit === limit).join(' and ')}`,
    )
    .join(', ');
}

/** Of each rule only as many violations as are asked for. */
function withLimit(result: ReplayResult, limit: number): ReplayResult {
  const limited = <T extends { readonly violations: readonly unknown[] }>(rule: T): T => ({
    ...rule,
    violations: rule.violations.slice(0, limit),
  });
  return { ...result, rules: result.rules.map(limited) };
}
