/** The oracle: what rules and queries mean, evaluated slowly. */
export { mergeTraces } from './merge.js';
export {
  matchPipeline,
  matchSpansets,
  pipelineMatches,
  type Spanset,
  type SpansetAttribute,
} from './spanset.js';
export { type CaseVerdict, evaluateRule, evidence, type OracleClause, type OracleRule } from './verdict.js';
