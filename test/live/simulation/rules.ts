import { loadWorkspace, type ResolvedRule } from '../../../engine/language/workspace.js';

export function rulesOf(text: string): readonly ResolvedRule[] {
  const { rules, files } = loadWorkspace(new Map([['rules.betrace', text]]));
  const errors = [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter(({ severity }) => severity === 'error'),
  );
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return rules;
}

/** Rules of every class over the words of the generated traces. */
export const SIMULATED_RULES = `
rule now-never { never { name = "b" && status = error } }
rule now-each { when { name = "a" } as x never { name = "c" && span.n > 1 } after x }
rule now-count { always count({ name = "a" }) <= 2 }
rule deadline-before { when { name = "c" } as x always { name = "a" } before x }
rule deadline-then { when { name = "a" } as x always x then { name = "b" } within 3ms }
rule closing-exists { when { name = "a" } always { name = "b" } }
rule closing-each { when { name = "b" } as x always { name = "c" } after x }
rule closing-structure { when { name = "a" } never { name = "a" } >> { name = "b" } }
rule closing-root { never { rootName = nil } }
rule closing-parent { when { kind = server } as x always x.parent.name != "c" }
rule soon { closes after 3s when { name = "payment charge" } always { name = "a" } }
rule slowly { closes after 45s always { name = "c" } }
`;
