import { printableJson } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { queryRangeResponseText } from '../../tempo/encode/metrics.js';
import { searchResponseText } from '../../tempo/encode/search.js';
import type { Asked } from './ask.js';
import { metricsText } from './metrics-text.js';
import { searchText } from './search-text.js';

export interface ReportOptions {
  readonly elapsedMs: number;
  readonly limit: number;
  readonly terminal: Terminal;
}

/** The JSON of Tempo's API, safe to print. */
export function jsonReport(asked: Asked): string {
  const text =
    asked.kind === 'traces' ? searchResponseText(asked.result) : queryRangeResponseText(asked.result);
  return `${printableJson(JSON.parse(text))}\n`;
}

export function textReport(asked: Asked, options: ReportOptions): string {
  return asked.kind === 'traces'
    ? searchText(asked.result, options)
    : metricsText(asked.result, { ...options, stepNs: asked.stepNs });
}
