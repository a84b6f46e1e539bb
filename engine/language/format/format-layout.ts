import type { Token } from '../text/tokens.js';
import type { File, Item, RuleItem, TestEntry } from '../tree/ast.js';
import { isRuleItem } from '../tree/rule-item.js';
import { WIDTH } from './format-reflow.js';
import { flatText } from './format-spacing.js';

/** Which tokens start a line, and which are filled up so that what follows is aligned. Keyed by token offset. */
export interface Layout {
  readonly lines: ReadonlyMap<number, LineStart>;
  readonly padded: ReadonlyMap<number, number>;
}

export interface LineStart {
  readonly level: number;
  /** An empty line goes before it, and before the comments on it. */
  readonly apart?: boolean;
  /** The closing brace of a body: comments before it belong to the body. */
  readonly closes: boolean;
}

export function layoutOf(file: File, tokens: readonly Token[], text: string): Layout {
  const builder = new LayoutBuilder(tokens, text, new Set(file.comments.map(({ range }) => range.start)));
  file.items.forEach((item, index) => {
    builder.item(item, file.items[index - 1]);
  });
  return builder;
}

class LayoutBuilder implements Layout {
  readonly lines = new Map<number, LineStart>();
  readonly padded = new Map<number, number>();
  private readonly tokens: readonly Token[];
  private readonly text: string;
  private readonly indexOf: ReadonlyMap<number, number>;
  private readonly comments: readonly number[];

  constructor(tokens: readonly Token[], text: string, comments: ReadonlySet<number>) {
    this.tokens = tokens;
    this.text = text;
    this.indexOf = new Map(tokens.map((token, index) => [token.start, index]));
    this.comments = [...comments];
  }

  item(item: Item, before: Item | undefined): void {
    const apart = before !== undefined && (hasBody(item) || hasBody(before));
    this.lines.set(item.range.start, { level: 0, closes: false, apart });
    switch (item.kind) {
      case 'use':
      case 'let':
        return;
      case 'rule':
      case 'over rule':
        this.rule(item);
        return;
      case 'test':
        for (const span of item.spans) this.entry(span, 1);
        for (const trace of item.traces) {
          this.start(trace.range.start, 1);
          this.block(trace, trace.spans, 1);
        }
        // `until` is in front of its duration.
        if (item.until !== undefined) this.start(this.before(item.until.range.start), 1);
        this.start(item.expect.range.start, 1);
        this.close(item.range.end, 0);
        return;
    }
  }

  private rule(rule: RuleItem): void {
    for (const { range } of rule.settings) this.start(range.start, 1);
    for (const { range } of rule.clauses) this.start(range.start, 1);
    this.close(rule.range.end, 0);
    this.alignSettings(rule);
    const widest = Math.max(0, ...rule.clauses.map(({ kind }) => kind.length));
    for (const { kind, range } of rule.clauses)
      if (kind.length < widest) this.padded.set(range.start, widest);
  }

  /** The `=` of settings are under each other, in every run without a blank line. */
  private alignSettings(rule: RuleItem): void {
    let run: { readonly start: number; readonly width: number }[] = [];
    const align = () => {
      const widest = Math.max(0, ...run.map(({ width }) => width));
      for (const { start, width } of run) if (width < widest) this.padded.set(start, widest);
      run = [];
    };
    for (const { name } of rule.settings) {
      const index = this.indexOf.get(name.range.start) ?? 0;
      const previous = this.tokens[index - 1];
      if (previous !== undefined && hasBlankLine(this.text.slice(previous.end, name.range.start))) align();
      if (this.tokens[index + 1]?.text === '=')
        run.push({ start: name.range.start, width: name.text.length });
    }
    align();
  }

  private entry(entry: TestEntry, level: number): void {
    this.start(entry.range.start, level);
    const inner = entry.kind === 'span' ? entry.entries : entry.kind === 'attribute' ? [] : entry.attributes;
    this.block(entry, inner, level);
  }

  /** What is in the braces of a span, an event, a link or a trace. */
  private block(whole: Pick<TestEntry, 'range'>, inner: readonly TestEntry[], level: number): void {
    const first = inner[0];
    if (first === undefined || this.staysOnLine(whole, first, level)) return;
    for (const child of inner) {
      this.joint(child.range.start, level);
      this.entry(child, level + 1);
    }
    this.joint(whole.range.end - 1, level);
    this.close(whole.range.end, level);
  }

  /** Where the token before the one at `offset` starts. */
  private before(offset: number): number {
    return this.tokens[(this.indexOf.get(offset) ?? 0) - 1]?.start ?? offset;
  }

  /** Whether a block is written on one line: it was started so, and fits. */
  private staysOnLine(entry: Pick<TestEntry, 'range'>, first: TestEntry, level: number): boolean {
    const brace = this.tokens[(this.indexOf.get(first.range.start) ?? 0) - 1];
    const { start, end } = entry.range;
    if (brace === undefined || /[\n]/u.test(this.text.slice(brace.end, first.range.start))) return false;
    if (this.comments.some((offset) => offset > start && offset < end)) return false;
    const tokens = this.tokens.slice(this.indexOf.get(start), (this.indexOf.get(end - 1) ?? 0) + 1);
    return level * 2 + flatText(tokens, new Map()).length <= WIDTH;
  }

  private start(offset: number, level: number): void {
    this.lines.set(offset, { level, closes: false });
  }

  /** The `} {` between attributes and children, where one is before the token. */
  private joint(offset: number, level: number): void {
    const index = this.indexOf.get(offset) ?? 0;
    const [closing, opening] = [this.tokens[index - 2], this.tokens[index - 1]];
    if (closing?.text === '}' && opening?.text === '{') this.close(closing.end, level);
  }

  private close(end: number, level: number): void {
    this.lines.set(end - 1, { level, closes: true });
  }
}

function hasBody(item: Item): boolean {
  return isRuleItem(item) || item.kind === 'test';
}

/** Whether white space, perhaps with comments in it, has an empty line. */
export function hasBlankLine(gap: string): boolean {
  return /\n[^\S\n]*\n/u.test(gap);
}
