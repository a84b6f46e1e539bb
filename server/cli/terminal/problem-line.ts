import type { BlockProblem } from '../../../engine/blocks/problem.js';
import { printable } from '../../shared/printable.js';
import type { Style } from '../../shared/terminal.js';

/** What is said of a block that could not be read or may be wrong. */
export function problemLine({ code, severity, blockId, message }: BlockProblem, style: Style): string {
  const title = severity === 'error' ? style.red(`unread ${code}`) : style.yellow(`warning ${code}`);
  return `${title}: ${blockId ? `block ${blockId}: ` : ''}${printable(message)}`;
}
