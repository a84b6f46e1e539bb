import type { Range } from '../../engine/language/tree/ast.js';

/** A place in a text as editors count: lines and columns from 1, columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds lines in one text. */
export class LineIndex {
  private readonly starts: readonly number[];

  constructor(private readonly text: string) {
    const starts = [0];
    for (let lineEnd = text.indexOf('\n'); lineEnd >= 0; lineEnd = text.indexOf('\n', lineEnd + 1))
      starts.push(lineEnd + 1);
    this.starts = starts;
  }

  positionOf(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }

  rangeOf(range: Range): { readonly start: Position; readonly end: Position } {
    return { start: this.positionOf(range.start), end: this.positionOf(range.end) };
  }

  /** The text of a line without its end. */
  line(line: number): string {
    const start = this.starts[line - 1] ?? this.text.length;
    return this.text.slice(start, this.starts[line] ?? this.text.length).replace(/\r?\n$/, '');
  }
}
