import type { Item, Range } from '../../engine/language/ast.js';
import type { LastReplay } from '../catalogue/source.js';

/** A line above an item that says something of it and does something when it is clicked. */
export interface Lens {
  readonly range: Range;
  readonly title: string;
  /** Of the editor's extension; other editors show the title alone. */
  readonly command: 'betrace.replayRule' | 'betrace.runTests' | 'betrace.explainRule';
  /** A rule's id, or of a test its title. */
  readonly subject: string;
}

/** Lenses of a file. `lastReplay` answers from what is known, so that no lens ever waits. */
export function lensesOf(
  items: readonly Item[],
  lastReplay: (ruleId: string) => LastReplay | undefined,
): readonly Lens[] {
  const tested = new Map<string, number>();
  for (const item of items)
    if (item.kind === 'test') tested.set(item.rule.text, (tested.get(item.rule.text) ?? 0) + 1);
  return items.flatMap((item): readonly Lens[] => {
    if (item.kind === 'test')
      return [
        {
          range: item.title.range,
          title: 'run test',
          command: 'betrace.runTests',
          subject: item.title.value,
        },
      ];
    if (item.kind !== 'rule' && item.kind !== 'over rule') return [];
    const { text: subject, range } = item.id;
    const tests = tested.get(subject) ?? 0;
    return [
      { range, title: replayTitle(lastReplay(subject)), command: 'betrace.replayRule', subject },
      ...(tests === 0
        ? []
        : [
            {
              range,
              title: tests === 1 ? 'run 1 test' : `run ${tests} tests`,
              command: 'betrace.runTests' as const,
              subject,
            },
          ]),
      { range, title: 'explain', command: 'betrace.explainRule', subject },
    ];
  });
}

function replayTitle(last: LastReplay | undefined): string {
  if (last === undefined) return 'replay';
  const { violated, applicable, ended, partial } = last;
  const found =
    applicable === 0
      ? 'never applied'
      : violated === 0
        ? `no violation in ${applicable}`
        : `${violated} ${violated === 1 ? 'violation' : 'violations'} in ${applicable}`;
  return `replay (${ended.slice(0, 16).replace('T', ' ')}: ${found}${partial ? ', partial' : ''})`;
}
