import { printField } from '../../print/print-field.js';
import { replaceFix } from '../../problems/diagnostic.js';
import { usePathTo } from '../../scope/scope.js';
import { areComparable, describeType } from '../../tree/types.js';
import { type ListUse, listUsesOf } from '../../tree/walk-tree.js';
import type { ItemContext } from '../context.js';
import { typeOf } from '../types/expressions.js';

/** Resolves the names of lists in an item, and checks that what is looked for can be among their values. */
export function checkListUses(item: object, context: ItemContext): void {
  for (const use of listUsesOf(item)) {
    const definition = context.scope.lists.get(use.list.text);
    if (definition === undefined) {
      reportUnknown(use, context);
      continue;
    }
    context.used(definition);
    if (definition.values.kind === 'values') checkTypes(use, definition.values.values, context);
  }
}

function checkTypes(
  { operand, list }: ListUse,
  values: readonly { readonly kind: Parameters<typeof areComparable>[1] }[],
  { report }: ItemContext,
): void {
  // What is wrong in it has been reported.
  const type = typeOf(operand, () => {});
  const fits = (kind: typeof type): boolean =>
    areComparable(type, kind) && (type === 'time') === (kind === 'time');
  const [first] = values;
  if (first === undefined || type === 'dynamic' || type === 'unknown') return;
  if (values.some(({ kind }) => fits(kind))) return;
  const name = operand.kind === 'field' ? `\`${printField(operand.field)}\`` : 'The left side';
  report(
    'BT2744',
    list.range,
    `${name} is ${describeType(type)} and never equals ${describeType(first.kind)}, which \`${list.text}\` is a list of.`,
  );
}

function reportUnknown({ list }: ListUse, context: ItemContext): void {
  const { scope, report, broken, suggest, used } = context;
  const { text, range } = list;
  if (text === '' || broken(range)) return;
  const pattern = scope.lets.get(text);
  if (pattern !== undefined) {
    used(pattern);
    report(
      'BT2741',
      range,
      `\`${text}\` is a pattern; \`in\` is followed by a list, \`let ${text} = ("a", "b")\`.`,
    );
    return;
  }
  const elsewhere = context.world.listElsewhere(context.path, text);
  if (elsewhere !== undefined) {
    const file = usePathTo(context.path, elsewhere.path);
    const { exported } = elsewhere.item;
    report(
      'BT2740',
      range,
      exported
        ? `\`${text}\` is exported by ${file}, which this file does not use; write \`use "${file}"\`.`
        : `\`${text}\` is a list of ${file} alone; write \`export let\` there.`,
    );
    return;
  }
  const near = suggest(text, scope.lists.keys());
  if (near === undefined)
    report('BT2740', range, `There is no list \`${text}\`; define it with \`let ${text} = ("a", "b")\`.`);
  else
    report('BT2740', range, `There is no list \`${text}\`; did you mean \`${near}\`?`, {
      fixes: [replaceFix(`Change to \`${near}\``, range, near)],
    });
}
