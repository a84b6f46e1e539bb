import { type ListValues, MOST_LIST_BYTES, MOST_LIST_VALUES } from '../../scope/lists.js';
import type { ListFile, ListItem } from '../../tree/ast.js';
import { areComparable, describeType } from '../../tree/types.js';
import type { ItemContext } from '../context.js';
import { checkNewName } from './new-names.js';

/** Checks one list: its name, its values, and that the file is there which they are in. */
export function checkList(item: ListItem, context: ItemContext): void {
  checkNewName(item, context);
  const { values } = item;
  if ('kind' in values) checkFile(item, values, context);
  else {
    const [first] = values;
    for (const value of values)
      if (first && !areComparable(first.kind, value.kind))
        context.report(
          'BT2215',
          value.range,
          `This list begins with ${describeType(first.kind)}; ${describeType(value.kind)} in it is most likely a slip.`,
        );
  }
}

function checkFile(item: ListItem, file: ListFile, { scope, report }: ItemContext): void {
  const definition = scope.lists.get(item.name.text);
  if (definition?.item !== item) return;
  const { values } = definition;
  const { path } = file;
  if (values.kind === 'unread') {
    if (values.why === 'waiting') return;
    report('BT2742', path.range, `\`${path.value}\` ${REASONS[values.why]}.`);
  } else if (values.values.length === 0)
    report('BT2743', path.range, `There is no value in \`${path.value}\`: nothing is in the list.`);
}

type Reason = Exclude<Extract<ListValues, { kind: 'unread' }>['why'], 'waiting'>;

const REASONS: Readonly<Record<Reason, string>> = {
  missing:
    'cannot be read; the path is relative to this file, and leads to a file in the folder of the rules or below',
  large: `is larger than ${MOST_LIST_BYTES / 1024} KiB`,
  long: `has more than ${MOST_LIST_VALUES} values`,
  binary: 'is no text in UTF-8',
  closed: 'is not read: rules that are sent as a text read no files',
};
