import type { Token } from './tokens.js';

const OPENING: ReadonlySet<string> = new Set(['(', '{', '[']);
const PARTNER: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };

/**
 * The brackets that are open, in text where some may be missing. A `}` closes the `(` and `[` inside its own `{` too:
 * they are the likelier ones to have been forgotten.
 */
export class Brackets {
  private readonly open: string[] = [];

  get depth(): number {
    return this.open.length;
  }

  /** Takes a token in. False for a closing bracket that closes nothing. */
  push(token: Pick<Token, 'kind' | 'text'>): boolean {
    if (token.kind !== 'op') return true;
    if (OPENING.has(token.text)) {
      this.open.push(token.text);
      return true;
    }
    const partner = PARTNER[token.text];
    if (partner === undefined) return true;
    const opened = token.text === '}' ? this.open.lastIndexOf(partner) : this.open.length - 1;
    if (opened < 0 || this.open[opened] !== partner) return false;
    this.open.length = opened;
    return true;
  }

  /** Whether a bracket of this kind is open. */
  has(closing: string): boolean {
    return this.open.includes(PARTNER[closing] ?? '');
  }

  reset(): void {
    this.open.length = 0;
  }
}
