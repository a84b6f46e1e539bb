export interface OldToken {
  readonly kind: 'word' | 'string' | 'number' | 'mark' | 'bad';
  /** Strings without their quotes. */
  readonly text: string;
  readonly start: number;
}

const TOKEN =
  /(?<skip>\s+|\/\/[^\n]*)|"(?<string>[^"]*)"|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?!\w)|(?<word>[A-Za-z_][\w-]*)|(?<mark>==|!=|<=|>=|[<>{}()[\],.])|(?<bad>[\s\S])/gu;

/**
 * The tokens of an old rule. What the old lexer refused and has one meaning all the same is taken: signs, exponents,
 * hyphens in names.
 */
export function oldTokens(text: string): readonly OldToken[] {
  const tokens: OldToken[] = [];
  for (const match of text.matchAll(TOKEN)) {
    for (const kind of ['string', 'number', 'word', 'mark', 'bad'] as const) {
      const found = match.groups?.[kind];
      if (found !== undefined) tokens.push({ kind, text: found, start: match.index });
    }
  }
  return tokens;
}
