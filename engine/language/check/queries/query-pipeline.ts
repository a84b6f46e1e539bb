import type { Pipeline } from '../../tree/ast.js';
import type { ItemContext } from '../context.js';
import { checkPipelineFields } from '../known-fields.js';
import { MAX_NODES } from '../names/let-facts.js';
import { checkPipelineNames } from '../names/names.js';
import { checkPrecedence } from '../rules/precedence.js';
import { Certainty } from '../truth/certainty.js';
import { reportFindings } from '../truth/clauses.js';
import { checkPipeline } from '../types/pipelines.js';

/** Checks a pipeline that is no pattern of one trace's rule: no span is bound there. */
export function checkQueryPipeline(pipeline: Pipeline, context: ItemContext): void {
  checkPipelineNames(pipeline, context);
  const { world, path, report } = context;
  const isLarge = world.derived(`size at ${pipeline.range.start}`, ({ lets }) => {
    const { fault, nodes } = lets.measured(path, pipeline);
    return fault === 'large' || nodes > MAX_NODES;
  });
  if (isLarge) {
    report('BT2019', pipeline.range, 'This is too large; `in (…)` is shorter than a chain of `||`.');
    return;
  }
  if (context.broken(pipeline.range)) return;
  let sound = true;
  checkPipeline(pipeline, (code, ...rest) => {
    sound = false;
    report(code, ...rest);
  });
  checkPrecedence(pipeline, report);
  checkPipelineFields(pipeline, context);
  if (!sound) return;
  const certainty = new Certainty();
  certainty.pipeline(pipeline);
  // `{ true }` is how TraceQL says "every span"; what can never match is likely a mistake.
  reportFindings(
    certainty.findings.filter(({ truth }) => truth === 'never'),
    report,
  );
}
