import { insertFix, replaceFix } from '../../../engine/language/problems/diagnostic.js';
import { bindingsOf } from '../../../engine/language/scope/scope.js';
import type { CaseRuleItem, Pipeline } from '../../../engine/language/tree/ast.js';
import { namesOf, patternsOf, pipelineFields, soleName } from '../../../engine/language/tree/walk.js';
import { newName, spanNameOf, wordOf } from './new-name.js';
import { holds, type Refactoring, type RefactorPlace } from './refactoring.js';

/** Gives the pattern of a clause a name: `let charge-card = { … }` above the rule. */
export function extractLet({ analysis, path, text, item, range }: RefactorPlace): readonly Refactoring[] {
  if (item.kind !== 'rule') return [];
  const pipeline = item.clauses
    .flatMap(({ condition }) => [...patternsOf(condition)].map(({ pattern }) => pattern.pipeline))
    .filter((candidate) => holds(candidate.range, range))
    .sort((a, b) => a.range.end - a.range.start - (b.range.end - b.range.start))[0];
  // What goes through several stages is a pipeline of its own once it has a name, and the rule another revision.
  if (pipeline === undefined || pipeline.stages.length > 1) return [];
  if (soleName(pipeline) !== undefined || readsBound(pipeline, item)) return [];
  const items = analysis.syntaxOf(path)?.file.items ?? [];
  const name = newName(wordOf(spanNameOf(pipeline), 'pattern'), analysis, path, items);
  const written = text.slice(pipeline.range.start, pipeline.range.end);
  const { edits: definition } = insertFix(name, item.range.start, `let ${name} = ${written}\n\n`);
  const { edits: use } = replaceFix(name, pipeline.range, name);
  return [{ title: `Name the pattern: let ${name}`, kind: 'extract', edits: [...definition, ...use] }];
}

/** Whether a pattern mentions a span that the rule binds, which a let cannot see. */
function readsBound(pipeline: Pipeline, rule: CaseRuleItem): boolean {
  const bound = new Set(bindingsOf(rule));
  const names = [...namesOf(pipeline)].some(({ node }) => bound.has(node.name.text));
  return names || [...pipelineFields(pipeline)].some((field) => field.bound !== undefined);
}
