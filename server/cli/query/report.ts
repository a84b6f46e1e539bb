import { printableJson } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { queryInstantResponseText, queryRangeResponseText } from '../../tempo/encode/metrics.js';
import { searchResponseText } from '../../tempo/encode/search.js';
import type { Asked } from './ask.js';
import { countsText } from './counts-text.js';
import { metricsText } from './metrics-text.js';
import { searchText } from './search-text.js';

export interface ReportOptions {
  readonly elapsedMs: number;
  readonly limit: number;
  readonly terminal: Terminal;
}

/** The JSON of Tempo's API, safe to print. */
export function jsonReport(asked: Asked): string {
  return `${printableJson(JSON.parse(tempoJson(asked)))}\n`;
}

export function textReport(asked: Asked, options: ReportOptions): string {
  switch (asked.kind) {
    case 'traces':
      return searchText(asked.result, options);
    case 'series':
      return metricsText(asked.result, { ...options, stepNs: asked.stepNs });
    case 'counts':
      return countsText(asked.result, asked.labels, options);
  }
}

function tempoJson(asked: Asked): string {
  switch (asked.kind) {
    case 'traces':
      return searchResponseText(asked.result);
    case 'series':
      return queryRangeResponseText(asked.result);
    case 'counts':
      return queryInstantResponseText(asked.result);
  }
}
