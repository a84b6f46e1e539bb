/** A text as a regular expression that matches it alone. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&');
}

/** An expression of RE2 that matches a whole text, as `=~` does. */
export function wholeRegex(source: string): RegExp | undefined {
  return partRegex(`^(?:${source})$`, source);
}

/** As JavaScript has it; undefined for what it reads otherwise, and for what could take it long. */
export function partRegex(source: string, written: string = source): RegExp | undefined {
  const unbounded = written.match(/[*+]|\{\d+,/gu)?.length ?? 0;
  if (unbounded > 3 || /\)[*+{]|\(\?[^:]|\\[^.\-_/dwsbDWSB$^*+?()[\]{}|]/u.test(written)) return undefined;
  try {
    return new RegExp(source, 's');
  } catch {
    return undefined;
  }
}
