import type { LetItem, ListItem } from '../../tree/ast.js';
import type { ItemContext } from '../context.js';

/** Reports the name of a pattern or a list that means something else already, here or in a used file. */
export function checkNewName(item: LetItem | ListItem, context: ItemContext): void {
  const { scope, report } = context;
  const name = item.name.text;
  if (name === '') return;
  const first = scope.lets.get(name) ?? scope.lists.get(name);
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
      if ((other.kind !== 'let' && other.kind !== 'list') || !other.exported || other.name.text !== name)
        continue;
      report(
        'BT2006',
        item.name.range,
        `\`${name}\` hides the ${other.kind === 'let' ? 'pattern' : 'list'} of the same name that ${target} exports.`,
        {
          related: [{ message: `\`${name}\` is exported here`, path: target!, range: other.name.range }],
        },
      );
    }
  }
}
