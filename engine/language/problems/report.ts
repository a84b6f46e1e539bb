import type { Range } from '../tree/ast.js';
import type { Diagnostic, Fix, Related } from './diagnostic.js';
import { MEANING_CODES, type MeaningCode } from './meaning-codes.js';

export interface ReportExtra {
  readonly fixes?: readonly Fix[];
  readonly related?: readonly Related[];
}

/** Records one finding; the severity comes from the catalogue, so that one code never has two. */
export type Report = (code: MeaningCode, range: Range, message: string, extra?: ReportExtra) => void;

/** A list of diagnostics and the function that appends to it. */
export interface Collector {
  readonly diagnostics: readonly Diagnostic[];
  readonly report: Report;
}

/** Gives checks one place to write to. The same finding at the same place is kept once. */
export function collector(): Collector {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const report: Report = (code, range, message, extra = {}) => {
    const key = `${code} ${range.start} ${range.end} ${message}`;
    if (seen.has(key)) return;
    seen.add(key);
    diagnostics.push({
      code,
      severity: MEANING_CODES[code].severity,
      message,
      range: { start: range.start, end: range.end },
      ...extra,
    });
  };
  return { diagnostics, report };
}
