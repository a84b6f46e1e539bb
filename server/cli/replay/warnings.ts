import type { ReplayResult } from '../../../engine/replay/result.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { problemLine } from '../terminal/problem-line.js';
import { partialText, ruleProblems } from './rule-problems.js';

/** What a result lacks, and what is odd about its blocks, on standard error. */
export function warnOf(result: ReplayResult, terminal: Terminal, command = 'replay'): void {
  const { unread, warnings } = result.blocks;
  for (const problem of [...unread, ...warnings])
    terminal.err(`${problemLine(problem, terminal.errStyle)}\n`);
  for (const { rule, text } of ruleProblems(result)) terminal.err(`not judged ${printable(rule)}: ${text}\n`);
  const partial = partialText(result);
  if (partial !== undefined) terminal.err(`betrace ${command}: partial, ${partial}\n`);
}
