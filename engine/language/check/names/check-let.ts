import type { LetItem, Name } from '../../tree/ast.js';
import { parametersIn } from '../../tree/walk-tree.js';
import type { ItemContext } from '../context.js';
import { checkPipelineFields } from '../known-fields.js';
import { checkPrecedence } from '../rules/precedence.js';
import { Certainty } from '../truth/certainty.js';
import { reportFindings } from '../truth/clauses.js';
import { checkPipelineGroups } from '../truth/nil-groups.js';
import { checkPipeline } from '../types/pipelines.js';
import { checkLetNames } from './names.js';
import { checkNewName } from './new-names.js';

/** Checks one `let`: its name, its size and the pattern it stands for. */
export function checkLet(item: LetItem, context: ItemContext): void {
  checkNewName(item, context);
  checkParameters(item, context);
  checkLetNames(item, context);
  const definition = { path: context.path, item };
  const { world } = context;
  const fault = world.derived('fault', ({ lets }) => lets.of(definition).fault);
  const isInherited = world.derived('inherited', ({ lets }) => lets.of(definition).inherited === true);
  if (fault === 'recursive') {
    // A let that only leads to a circle is as useless, but the mistake is elsewhere.
    if (world.derived('recursive', ({ lets }) => lets.isRecursive(definition))) {
      context.report('BT2013', item.name.range, `\`${item.name.text}\` leads back to itself.`);
    }
  } else if (fault === 'large' && !isInherited) {
    context.report(
      'BT2019',
      item.name.range,
      `\`${item.name.text}\` is too large once its patterns are filled in.`,
    );
  }
  if (context.broken(item.range)) return;
  let sound = true;
  checkPipeline(item.value, (code, ...rest) => {
    sound = false;
    context.report(code, ...rest);
  });
  checkPrecedence(item.value, context.report);
  checkPipelineFields(item.value, context);
  checkPipelineGroups(item.value, new Set(), context);
  if (!sound) return;
  const certainty = new Certainty();
  certainty.pipeline(item.value);
  reportFindings(certainty.findings, context.report);
}

/** Reports what cannot be a parameter, or is for nothing. */
function checkParameters({ parameters = [], value }: LetItem, { report, broken }: ItemContext): void {
  const first = new Map<string, Name>();
  const mentioned = new Set(parametersIn(value).map(({ name }) => name.text));
  for (const parameter of parameters) {
    const { text, range } = parameter;
    const earlier = first.get(text);
    if (earlier !== undefined)
      report('BT2722', range, `\`${text}\` is a parameter already.`, {
        related: [{ message: 'It is first named here', range: earlier.range }],
      });
    else if (!mentioned.has(text) && !broken(value.range))
      report('BT2723', range, `Nothing in the pattern depends on \`${text}\`.`);
    if (earlier === undefined) first.set(text, parameter);
  }
}
