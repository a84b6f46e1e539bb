import { lex } from '../../engine/language/text/lexer.js';
import type { ValueFunction } from '../../engine/language/tree/ast.js';
import type { MetricsCall } from '../../engine/language/words/metrics-words.js';
import type { KeywordFor } from '../../engine/language/words/words.js';
import { WORD_DOCS } from '../docs/word-docs.js';

export interface Signature {
  readonly label: string;
  /** Of each parameter, as it is in the label. */
  readonly parameters: readonly string[];
  readonly active: number;
  readonly documentation: string;
}

/** Of one value, wherever a value is. */
const OF_A_VALUE: Readonly<Record<ValueFunction, readonly string[]>> = {
  lower: ['string'],
  length: ['string'],
  hour: ['time', 'zone'],
  weekday: ['time', 'zone'],
  date: ['time', 'zone'],
};

type InRules = KeywordFor<'count' | 'aggregate' | 'clause aggregate'>;
const IN_RULES: Readonly<Record<InRules, readonly string[]>> = {
  count: ['pattern'],
  distinct: ['pattern', 'field'],
  sum: ['pattern', 'field'],
  avg: ['pattern', 'field'],
  min: ['pattern', 'field'],
  max: ['pattern', 'field'],
  quantile: ['pattern', 'field', 'share'],
};

/** Functions behind a `|`, which work on the spans that the pipeline hands on. */
type InPipelines = KeywordFor<'count' | 'aggregate' | 'stage'> | MetricsCall;
const IN_PIPELINES: Readonly<Record<InPipelines, readonly string[]>> = {
  count: [],
  sum: ['field'],
  avg: ['field'],
  min: ['field'],
  max: ['field'],
  by: ['field', '…'],
  select: ['field', '…'],
  coalesce: [],
  rate: [],
  count_over_time: [],
  min_over_time: ['field'],
  max_over_time: ['field'],
  avg_over_time: ['field'],
  sum_over_time: ['field'],
  distinct_over_time: ['field'],
  histogram_over_time: ['field'],
  quantile_over_time: ['field', 'share', '…'],
  compare: ['{ selection }', 'top'],
  topk: ['n'],
  bottomk: ['n'],
};

const RULE_FUNCTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries(IN_RULES),
  ...Object.entries(OF_A_VALUE),
]);
const PIPELINE_FUNCTIONS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(IN_PIPELINES));

function parametersOf(name: string, isPiped: boolean): readonly string[] | undefined {
  return isPiped || !RULE_FUNCTIONS.has(name) ? PIPELINE_FUNCTIONS.get(name) : RULE_FUNCTIONS.get(name);
}

/** The function whose arguments an offset is in. */
export function signatureAt(text: string, offset: number): Signature | undefined {
  const { tokens } = lex(text.slice(0, offset));
  let depth = 0;
  let active = 0;
  for (let position = tokens.length - 1; position > 0; position--) {
    const token = tokens[position]!;
    if (token.kind === 'op') {
      if (token.text === ')' || token.text === '}') depth++;
      if (token.text === '{') {
        if (depth === 0) return undefined;
        depth--;
      }
      if (token.text === ',' && depth === 0) active++;
      if (token.text === '(') {
        if (depth > 0) {
          depth--;
          continue;
        }
        const name = tokens[position - 1]!.text;
        const parameters = parametersOf(name, tokens[position - 2]?.text === '|');
        if (parameters === undefined) return undefined;
        return {
          label: `${name}(${parameters.join(', ')})`,
          parameters,
          active: Math.min(active, Math.max(0, parameters.length - 1)),
          documentation: WORD_DOCS.get(name)?.meaning ?? '',
        };
      }
    }
  }
  return undefined;
}
