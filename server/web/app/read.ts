import { printableLines } from '../../shared/printable.js';

/** Everything that is shown comes from here: controls and marks that turn the direction of text are made visible, in names as in values. */
export function read<T>(json: string): T {
  return JSON.parse(json, (_, given: unknown) => {
    if (typeof given === 'string') return printableLines(given);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
    const entries = Object.entries(given);
    return entries.every(([key]) => printableLines(key) === key)
      ? given
      : Object.fromEntries(entries.map(([key, value]) => [printableLines(key), value]));
  }) as T;
}
