import { EXAMPLES } from './examples.js';
import type { WordDoc } from './word-doc.js';

/** Text from traces or files as Markdown: nothing in it can act as markup. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&$]/gu, (character) => `\\${character}`).replace(/\s+/gu, ' ');
}

/** Foreign text as inline code. */
export function inlineCode(text: string): string {
  const flat = text.replace(/\s+/gu, ' ');
  const longest = Math.max(0, ...[...flat.matchAll(/`+/gu)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}

export function codeBlock(text: string): string {
  return `\`\`\`betrace\n${text}\n\`\`\``;
}

/** `word`: what is in the text, by which examples are known. */
export function wordMarkdown(word: string, { syntax, meaning }: WordDoc): string {
  return [codeBlock(syntax), meaning, ...exampleMarkdown(word)].join('\n\n');
}

/** Nothing where there is none. */
export function exampleMarkdown(word: string): readonly string[] {
  const example = EXAMPLES.get(word);
  return example === undefined ? [] : [codeBlock(example)];
}
