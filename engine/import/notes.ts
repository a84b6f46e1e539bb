/** What a reader has to know about an imported rule: where the old text could not have meant what it says. */
export class Notes {
  private readonly noted = new Set<string>();

  add(line: string): void {
    this.noted.add(line);
  }

  get lines(): readonly string[] {
    return [...this.noted];
  }
}

export const NOTES = {
  bareKey: (key: string) => `The old parser refused \`${key}\` without quotes, so this rule never ran.`,
  missing: (key: string) =>
    `The old engine took a span without \`${key}\` for one where it is empty. Here such a span does not match; add \`|| span.${key} = nil\` if it should.`,
  falseWasTrue: (key: string) =>
    `The old engine read \`${key} == false\` as \`${key} == true\`. This is what the text says.`,
  attributeNextTo: (key: string, other: string) =>
    `The old engine compared \`${key}\` with the word "${other}". This compares the two attributes.`,
  quotedList: (key: string) =>
    `The old engine never found \`${key}\` in a list of quoted values. This is what the text says.`,
  attributeAsName: (span: string, key: string) =>
    `The old engine took \`${span}.${key}\` for the name of a span and never read an attribute. Here it is the attribute \`${key}\` of spans named ${span}.`,
  spanCompared: (name: string) =>
    `The old engine compared 1 or 0, for whether there is a span \`${name}\`. Here its spans are counted.`,
  countOfNoNumber: (name: string) =>
    `The old rule compared the number of spans \`${name}\` with something that is no number. Here there has to be one.`,
  onlyWhen:
    'The old rule had a `when` and demanded nothing, so it never reported anything. Here what it describes must not happen; it is off until you have decided.',
  alertSpan: (name: string) =>
    `This demands a span named ${name} in the same trace. To report the event itself, write it behind \`never\`.`,
  numberInText: (key: string) =>
    `The old engine compared texts that are numbers as numbers. Here the attribute \`${key}\` has to be a number, as it is in the test; one that is sent as a text never compares with a number.`,
  unknownSeverity: (severity: string) =>
    `The severity "${severity}" of the old rule is none of critical, high, medium, low and info; without one it is medium.`,
  sharedKey: (field: string) =>
    `All spans of the example have the same \`${field}\`, and this looks at each trace by itself. Where they are in several traces, add \`across ${field} within 1h\` to the settings, with the time that it may take.`,
  exampleHolds: 'The example that came with the rule does not violate it.',
  inverted: (was: string, better: string) =>
    `The example that came with the rule does not violate it, and would if \`${was}\` were \`${better}\`: most likely that was meant.`,
} as const;
