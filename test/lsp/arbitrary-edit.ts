import fc from 'fast-check';

/** Marks that make and break syntax wherever they are put. */
export const MARKS: readonly string[] = ['{', '}', '(', ')', '"', '`', '/*', '*/', '//'];

/** Where an edit begins, as a share of the text's length. */
export const aPlace = fc.double({ min: 0, max: 1, noNaN: true });

/** So much of one of the texts, from anywhere in it. */
export function aPartOf(texts: readonly string[], length: number): fc.Arbitrary<string> {
  return fc
    .constantFrom(...texts)
    .chain((text) => fc.nat(text.length).map((start) => text.slice(start, start + length)));
}
