import type { Inspected } from '../../../engine/query/search-result.js';
import { plural } from '../../shared/numbers.js';
import type { Style } from '../../shared/terminal.js';
import { problemLine } from '../terminal/problem-line.js';

/** The blocks that an answer lacks, a line each, and that it is partial; nothing where all were read. */
export function unreadText({ unread }: Inspected, style: Style): string {
  if (unread.length === 0) return '';
  const problems = unread.map((problem) => `${problemLine(problem, style)}\n`).join('');
  return `${problems}${style.yellow(`partial, ${plural(unread.length, 'block')} unread`)}\n`;
}
