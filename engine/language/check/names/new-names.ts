import type { LetItem, ListItem } from '../../tree/ast.js';
import { type ItemContext, rangeIn } from '../context.js';

/** Reports the name of a pattern or a list that means something else already, here or in a used file. */
export function checkNewName(item: LetItem | ListItem, context: ItemContext): void {
  const { scope, report } = context;
  const name = item.name.text;
  if (name === '') return;
  const first = context.world.letNamed(context.path, name) ?? scope.lists.get(name);
  if (first && first.item !== item) {
    report(
      'BT2003',
      item.name.range,
      `\`${name}\` is defined twice in this file; the first definition counts.`,
      {
        related: [
          { message: `\`${name}\` is first defined here`, range: rangeIn(first, first.item.name.range) },
        ],
      },
    );
    return;
  }
  for (const { target } of scope.uses) {
    if (target === undefined || target === context.path) continue;
    const other = context.world.exported(target, name);
    if (other === undefined) continue;
    report(
      'BT2006',
      item.name.range,
      `\`${name}\` hides the ${other.kind === 'let' ? 'pattern' : 'list'} of the same name that ${target} exports.`,
      {
        related: [
          {
            message: `\`${name}\` is exported here`,
            path: target,
            range: rangeIn({ path: target, item: other }, other.name.range),
          },
        ],
      },
    );
  }
}
