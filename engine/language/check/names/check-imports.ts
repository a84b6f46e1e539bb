import { removeFix, replaceFix } from '../../problems/diagnostic.js';
import type { UseItem } from '../../tree/ast.js';
import { type ItemContext, rangeIn } from '../context.js';

/** Checks one `use`: that the file is there, and adds names that no other adds. */
export function checkImports(item: UseItem, context: ItemContext): void {
  const { report, scope, world, path } = context;
  const index = scope.uses.findIndex((use) => use.item === item);
  const target = scope.uses[index]?.target;
  const written = item.path.value;
  if (target === undefined) {
    const near = context.suggest(written, relativePaths(path, world.paths));
    report(
      'BT2014',
      item.path.range,
      `There is no file \`${written}\` relative to this one${near ? `; did you mean \`${near}\`?` : '.'}`,
      {
        fixes: near ? [replaceFix(`Change to "${near}"`, item.path.range, JSON.stringify(near))] : [],
      },
    );
    return;
  }
  if (target === path) {
    report('BT2015', item.range, 'This file uses itself; its own patterns are visible anyway.', {
      fixes: [removeFix('Remove this `use`', item.range)],
    });
    return;
  }
  const before = scope.uses.slice(0, index);
  const same = before.find((use) => use.target === target);
  if (same) {
    report('BT2015', item.range, `\`${written}\` is used already.`, {
      fixes: [removeFix('Remove this `use`', item.range)],
      related: [
        { message: 'It is first used here', range: rangeIn({ path, item: same.item }, same.item.range) },
      ],
    });
    return;
  }
  const earlier = new Map(
    before.flatMap((use) => exportsOf(use.target, context).map((name) => [name, use] as const)),
  );
  const clashing = exportsOf(target, context).filter((name) => earlier.has(name));
  const [first = ''] = clashing;
  const counting = earlier.get(first);
  if (counting === undefined) return;
  report(
    'BT2018',
    item.range,
    `${clashing.map((name) => `\`${name}\``).join(', ')} ${clashing.length > 1 ? 'are' : 'is'} exported by a file used above as well, which counts.`,
    {
      related: [
        {
          message: `\`${first}\` is taken from here`,
          range: rangeIn({ path, item: counting.item }, counting.item.range),
        },
      ],
    },
  );
}

function exportsOf(target: string | undefined, context: ItemContext): readonly string[] {
  if (target === undefined || target === context.path) return [];
  return context.world.exportsOf(target).map((item) => item.name.text);
}

/** The paths of other files as this one would write them. */
function relativePaths(from: string, paths: Iterable<string>): readonly string[] {
  const folder = from.split('/').slice(0, -1);
  return [...paths]
    .filter((path) => path !== from)
    .map((path) => {
      const parts = path.split('/');
      let common = 0;
      while (common < folder.length && common < parts.length - 1 && folder[common] === parts[common])
        common++;
      return [...Array(folder.length - common).fill('..'), ...parts.slice(common)]
        .join('/')
        .replace(/\.betrace$/u, '');
    });
}
