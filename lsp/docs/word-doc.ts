/** What the words and operators of the language mean, in a line or two, for hover and completion; `examples.ts` has an example of each. */
export interface WordDoc {
  /** How it is written, with what goes around it. */
  readonly syntax: string;
  readonly meaning: string;
}
