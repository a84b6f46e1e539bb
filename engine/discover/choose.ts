/** Which of the rules that could be proposed are, and in which order. */
import { PROPOSAL_KINDS, type Proposal } from './proposal.js';

/** Exceptions at most of what nearly always holds. */
const NEARLY_ALWAYS = 0.01;

/**
 * What has few exceptions comes first, what has more next, then what has none, and last what so many break that it is no invariant. Of several
 * with the same exceptions the simplest is kept: they are one fact.
 */
export function chosenOf(
  proposals: readonly Proposal[],
  most: number,
): { readonly proposals: readonly Proposal[]; readonly leftOut: number } {
  const inOrder = [...proposals].sort(bySimplicity);
  const facts = new Map<string, Proposal>();
  for (const proposal of inOrder) {
    const { count, mark } = proposal.exceptions;
    const fact = count === 0 ? proposal.body.join('\n') : `${count} ${mark}`;
    if (!facts.has(fact)) facts.set(fact, proposal);
  }
  const kept = [...facts.values()].sort(byRank);
  return { proposals: kept.slice(0, most), leftOut: Math.max(0, kept.length - most) };
}

/** Ids for rules: short, and no two the same. */
export function withIds(
  proposals: readonly Proposal[],
): readonly { readonly id: string; readonly proposal: Proposal }[] {
  const taken = new Set<string>();
  return proposals.map((proposal) => {
    const stem =
      (proposal.called ?? proposal.summary)
        .toLowerCase()
        .replace(/[^a-z0-9]+/gu, '-')
        .replace(/^-+|-+$/gu, '')
        .slice(0, 60)
        .replace(/-+$/u, '') || 'rule';
    const start = /^[a-z]/u.test(stem) ? stem : `r-${stem}`;
    let id = start;
    for (let n = 2; taken.has(id); n++) id = `${start}-${n}`;
    taken.add(id);
    return { id, proposal };
  });
}

function rankOf({ support, exceptions, isToLookAt = false }: Proposal): number {
  if (isToLookAt) return 3;
  if (exceptions.count === 0) return 2;
  return exceptions.count <= NEARLY_ALWAYS * support.count ? 0 : 1;
}

function byRank(a: Proposal, b: Proposal): number {
  return (
    rankOf(a) - rankOf(b) || b.support.count - a.support.count || (a.body.join() < b.body.join() ? -1 : 1)
  );
}

function bySimplicity(a: Proposal, b: Proposal): number {
  return (
    PROPOSAL_KINDS.indexOf(a.kind) - PROPOSAL_KINDS.indexOf(b.kind) ||
    a.support.count - b.support.count ||
    a.weight - b.weight ||
    a.body.join().length - b.body.join().length ||
    (a.body.join() < b.body.join() ? -1 : 1)
  );
}
