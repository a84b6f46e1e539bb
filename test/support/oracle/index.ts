/** The oracle: what rules and queries mean, evaluated slowly. */
export { mergeTraces } from './merge.js';
export { matchPipeline, matchSpansets, pipelineMatches } from './spanset.js';
export { type CaseVerdict, evaluateRule, evidence, type OracleRule, vacuousClauses } from './verdict.js';
