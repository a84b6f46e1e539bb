/** SQL cut into a tree by its brackets, so that it can be laid out. */

interface Leaf {
  readonly kind: 'leaf';
  readonly text: string;
  /** White space stood before it. */
  readonly spaced: boolean;
}

interface Group {
  readonly kind: 'group';
  readonly open: string;
  readonly close: string;
  readonly spaced: boolean;
  readonly inside: readonly SqlNode[];
}

export type SqlNode = Leaf | Group;

/** `CASE` is a bracket too. */
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['CASE', 'END'],
]);

/** Strings and quoted names stay whole, whatever they hold. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}\p{N}_.$]+|[^\s]/gu;

export function parseSql(sql: string): readonly SqlNode[] {
  const stack: { open: string; spaced: boolean; inside: SqlNode[] }[] = [
    { open: '', spaced: false, inside: [] },
  ];
  let end = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const [text] = match;
    const spaced = match.index > end;
    end = match.index + text.length;
    const top = stack.at(-1)!;
    if (CLOSING.has(text)) stack.push({ open: text, spaced, inside: [] });
    else if (CLOSING.get(top.open) === text && stack.length > 1) {
      stack.pop();
      stack.at(-1)!.inside.push({ kind: 'group', ...top, close: text });
    } else top.inside.push({ kind: 'leaf', text, spaced });
  }
  // SQL of ours is balanced; of any other text nothing gets lost.
  while (stack.length > 1) {
    const { open, spaced, inside } = stack.pop()!;
    stack.at(-1)!.inside.push({ kind: 'leaf', text: open, spaced }, ...inside);
  }
  return stack[0]!.inside;
}

export function isWord(node: SqlNode | undefined, ...words: readonly string[]): boolean {
  return node?.kind === 'leaf' && words.includes(node.text.toUpperCase());
}

/** On one line, with one blank wherever there was white space, except inside the first place. */
export function flat(nodes: readonly SqlNode[]): string {
  return nodes.map((node, n) => (n > 0 && node.spaced ? ' ' : '') + flatNode(node)).join('');
}

function flatNode(node: SqlNode): string {
  if (node.kind === 'leaf') return node.text;
  const { open, inside, close } = node;
  return isCase(node) ? `${open} ${flat(inside)} ${close}` : open + flat(inside) + close;
}

function isCase(node: Group): boolean {
  return node.open === 'CASE';
}
