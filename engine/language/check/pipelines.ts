import type { Pipeline } from '../ast.js';
import type { ItemContext } from './context.js';

/** Checks the filters and stages of a pipeline. */
export function checkPipeline(pipeline: Pipeline, context: ItemContext): void {
  void pipeline;
  void context;
}
