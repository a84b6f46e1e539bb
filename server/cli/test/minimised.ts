import { formatText } from '../../../engine/language/format/format.js';
import type { ResolvedTest } from '../../../engine/language/link/resolved.js';
import { printItem } from '../../../engine/language/print/print.js';
import type { Store } from '../../../engine/sql/store/store.js';
import { minimiseTest } from '../../../engine/testing/minimise.js';
import { printable, printableLines } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';

/** Prints tests without what their verdicts do not need; false where one of them does not pass, or has its spans in a file. */
export async function printMinimised(
  db: Store,
  tests: readonly ResolvedTest[],
  terminal: Terminal,
): Promise<boolean> {
  let all = true;
  for (const test of tests) {
    const found = await minimiseTest(db, test);
    const name = `${printable(test.item.rule.text)}: ${printable(test.item.title.value)}`;
    if (found === undefined) {
      all = false;
      terminal.err(`${name} is left out: it does not pass, or its spans are in a file.\n`);
      continue;
    }
    terminal.err(`${name}: ${found.before} spans, attributes, events and links, now ${found.after}.\n`);
    terminal.out(`${printableLines(formatText(printItem(found.item)).text)}\n`);
  }
  return all;
}
