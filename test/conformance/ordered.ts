/** Answers in a form that says nothing of what is not promised. */
import type { Answer } from './answers.js';

/** To eleven digits: Tempo adds up in another order, which shows in the last of sixteen. */
export function rounded(value: number): number {
  return Number(value.toPrecision(11));
}

/** Spansets and series in one order; sums come in another, which shows in the last of sixteen digits. */
export function ordered(answer: Answer): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) => {
    if (typeof value === 'number') return rounded(value);
    if (!Array.isArray(value) || (key !== 'sets' && key !== 'series')) return value;
    const texts = new Map(value.map((item) => [JSON.stringify(item), item as unknown]));
    return [...texts.keys()].sort().map((item) => texts.get(item));
  });
  return JSON.parse(text);
}
