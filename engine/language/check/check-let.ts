import type { LetItem } from '../tree/ast.js';
import { Certainty } from './certainty.js';
import { reportFindings } from './clauses.js';
import type { ItemContext } from './context.js';
import { checkPipelineFields } from './known-fields.js';
import { checkLetNames } from './names.js';
import { checkPipelineGroups } from './nil-groups.js';
import { checkPipeline } from './pipelines.js';
import { checkPrecedence } from './precedence.js';

/** Checks one `let`: its name, its size and the pattern it stands for. */
export function checkLet(item: LetItem, context: ItemContext): void {
  checkLetName(item, context);
  checkLetNames(item, context);
  const definition = { path: context.path, item };
  const { fault, inherited } = context.world.lets.of(definition);
  if (fault === 'recursive') {
    // A let that only leads to a circle is as useless, but the mistake is elsewhere.
    if (context.world.lets.isRecursive(definition)) {
      context.report('BT2013', item.name.range, `\`${item.name.text}\` leads back to itself.`);
    }
  } else if (fault === 'large' && !inherited) {
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

function checkLetName(item: LetItem, context: ItemContext): void {
  const { scope, report } = context;
  const name = item.name.text;
  if (name === '') return;
  const first = scope.lets.get(name);
  if (first && first.item !== item) {
    report(
      'BT2003',
      item.name.range,
      `\`${name}\` is defined twice in this file; the first definition counts.`,
      {
        related: [{ message: `\`${name}\` is first defined here`, range: first.item.name.range }],
      },
    );
    return;
  }
  for (const { target } of scope.uses) {
    const hidden =
      target === undefined || target === context.path ? undefined : context.world.items.get(target);
    for (const other of hidden ?? []) {
      if (other.kind !== 'let' || !other.exported || other.name.text !== name) continue;
      report(
        'BT2006',
        item.name.range,
        `\`${name}\` hides the pattern of the same name that ${target} exports.`,
        {
          related: [{ message: `\`${name}\` is exported here`, path: target!, range: other.name.range }],
        },
      );
    }
  }
}
