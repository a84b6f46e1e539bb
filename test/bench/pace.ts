/**
 * Numbers from 0 on, one after the other, each once it may be sent: so that `rate` spans are sent in a second by turns of so many, or at once where it is 0.
 */
export function turnsAt(rate: number, spansOfEach: number): () => Promise<number> {
  const begun = performance.now();
  let next = 0;
  return async () => {
    const turn = next++;
    const early = rate === 0 ? 0 : begun + ((turn * spansOfEach) / rate) * 1000 - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    return turn;
  };
}
