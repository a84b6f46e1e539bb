import { displayWidth, truncate } from '../../shared/printable.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is too narrow; others never are. */
  readonly shrinks?: boolean;
}

/** Cells are printable, unstyled text. */
export type Row = readonly string[];

const GAP = '  ';
const LEAST_WIDTH = 8;

/**
 * Lines of a table, titles first, within `width` where the columns that may shrink allow. `styleTitle` gets the padded
 * title, so styles do not count as width.
 */
export function table(
  columns: readonly Column[],
  rows: readonly Row[],
  width: number,
  styleTitle: (text: string) => string = (text) => text,
): string {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? '')), displayWidth(title)),
  );
  shrink(columns, widths, width);
  const line = (cells: Row, style: (text: string) => string) =>
    cells
      .map((cell, index) => style(pad(cell, widths[index] ?? 0, columns[index]?.align ?? 'left')))
      .join(GAP)
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [line(titles, styleTitle), ...rows.map((row) => line(row, (cell) => cell))]
    .map((text) => `${text}\n`)
    .join('');
}

/** Takes the excess from the widest column that may shrink, one column of the screen at a time. */
function shrink(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - width;
  while (excess > 0) {
    let widest = -1;
    for (const [index, { shrinks }] of columns.entries()) {
      const width = widths[index] ?? 0;
      if (shrinks && width > LEAST_WIDTH && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const text = truncate(cell, width);
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
