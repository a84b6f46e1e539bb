/**
 * Edit distance with swaps of neighbours (optimal string alignment), at most `limit + 1`. Only the cells that are within the
 * limit are worked out, and none once a row has nothing within it.
 */
export function editDistance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  if (Math.abs(a.length - b.length) > limit) return far;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => Math.min(index, far));
  for (let i = 1; i <= a.length; i++) {
    const row = new Array<number>(b.length + 1).fill(far);
    if (i <= limit) row[0] = i;
    let nearest = row[0] ?? far;
    const end = Math.min(b.length, i + limit);
    for (let j = Math.max(1, i - limit); j <= end; j++) {
      const substitution = (last[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(substitution, (last[j] ?? far) + 1, (row[j - 1] ?? far) + 1, far);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? far) + 1);
      }
      row[j] = best;
      if (best < nearest) nearest = best;
    }
    // A swap reaches back two rows.
    if (nearest > limit && Math.min(...last) > limit) return far;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] ?? far, far);
}

/** Longer words are not looked at: nobody mistypes one letter of a text, and comparing two of them costs. */
const LONGEST = 200;

/** How many letters of a word may be wrong. */
function mostSlips(word: string): number {
  if (word.length <= 3) return 1;
  return word.length <= 7 ? 2 : Math.min(8, Math.max(3, Math.floor(word.length / 3)));
}

/**
 * The candidate that was most likely meant, or nothing when none is near: one slip in short words, two or three in longer ones,
 * a third of the letters in long ones, and at most half of those of the candidate. Case is ignored, so `Severity` finds
 * `severity`; the word itself is no suggestion.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = mostSlips(word) + 1;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const limit = Math.min(bestDistance - 1, Math.max(1, Math.floor(candidate.length / 2)));
    const distance = editDistance(lower, candidate.toLowerCase(), limit);
    if (distance <= limit) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Comparisons of words that one file or query may cost. Texts with more mistakes than that need other help first. */
const MOST_COMPARISONS = 50_000;

/** `suggest` with a bound on its work: once it is used up, nothing is suggested any more. */
export class Suggestions {
  /** Comparisons that may still be made. */
  left = MOST_COMPARISONS;

  suggest(word: string, candidates: Iterable<string>): string | undefined {
    if (this.left <= 0) return undefined;
    const known = [...candidates];
    this.left -= known.length;
    return suggest(word, known);
  }
}
