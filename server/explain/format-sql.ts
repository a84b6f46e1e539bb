/** Lays SQL out for reading: white space changes, nothing else. */
import { flat, isWord, parseSql, type SqlNode } from './sql-tokens.js';

/** Words that begin a line of a query that does not fit on one; joins are known by their first word. */
const STARTS = [
  'SELECT',
  'FROM',
  'WHERE',
  'GROUP',
  'ORDER',
  'HAVING',
  'QUALIFY',
  'UNION',
  'WITH',
  'LIMIT',
  'WINDOW',
];
const JOINS = ['LEFT', 'RIGHT', 'INNER', 'ANTI', 'SEMI', 'ASOF', 'CROSS', 'FULL', 'JOIN'];
const STEP = 2;

export function formatSql(sql: string, width: number): string {
  return query(parseSql(sql), 0, width).join('\n');
}

/** Lines of a list of clauses. */
function query(nodes: readonly SqlNode[], indent: number, width: number): readonly string[] {
  const whole = flat(nodes);
  if (indent + whole.length <= width) return [' '.repeat(indent) + whole];
  return clausesOf(nodes).flatMap((clause) => broken(clause, indent, width));
}

function clausesOf(nodes: readonly SqlNode[]): readonly (readonly SqlNode[])[] {
  const clauses: SqlNode[][] = [];
  for (const [n, node] of nodes.entries()) {
    const before = nodes[n - 1];
    const join = isWord(node, ...JOINS) && !isWord(before, ...JOINS) && !isCall(nodes, n);
    if (n === 0 || join || isWord(node, ...STARTS)) clauses.push([]);
    clauses.at(-1)!.push(node);
  }
  return clauses;
}

/** `left(x, 3)` is a function, not a join. */
function isCall(nodes: readonly SqlNode[], place: number): boolean {
  const next = nodes[place + 1];
  return next?.kind === 'group' && !next.spaced;
}

/** A clause, or an item of one: on its line if it fits, else its items on lines of their own. */
function broken(nodes: readonly SqlNode[], indent: number, width: number): readonly string[] {
  const whole = flat(nodes);
  if (indent + whole.length <= width) return [' '.repeat(indent) + whole];
  const items = itemsOf(nodes);
  if (items.length > 1) {
    const [first, ...rest] = items;
    return [...broken(first!, indent, width), ...rest.flatMap((item) => broken(item, indent + STEP, width))];
  }
  return openGroup(nodes, indent, width);
}

/** Cut at what binds least: after commas, before the branches of CASE, before OR, before AND. */
function itemsOf(nodes: readonly SqlNode[]): readonly (readonly SqlNode[])[] {
  const cuts: readonly ((place: number) => boolean)[] = [
    (n) => isWord(nodes[n - 1], ','),
    (n) => isWord(nodes[n], 'WHEN', 'ELSE'),
    (n) => isWord(nodes[n], 'OR'),
    (n) => isWord(nodes[n], 'AND'),
  ];
  for (const cut of cuts) {
    const items: SqlNode[][] = [[]];
    for (const [n, node] of nodes.entries()) {
      if (n > 0 && cut(n)) items.push([]);
      items.at(-1)!.push(node);
    }
    if (items.length > 1) return items;
  }
  return [nodes];
}

/** Opens the longest bracket; what is before and after it stays on its lines. */
function openGroup(nodes: readonly SqlNode[], indent: number, width: number): readonly string[] {
  let longest = -1;
  let length = 0;
  for (const [n, node] of nodes.entries()) {
    const size = node.kind === 'group' ? flat([node]).length : 0;
    if (size > length) [longest, length] = [n, size];
  }
  const group = nodes[longest];
  if (group?.kind !== 'group') return [' '.repeat(indent) + flat(nodes)];
  const pad = ' '.repeat(indent);
  const before = flat(nodes.slice(0, longest));
  const after = nodes.slice(longest + 1);
  const inside = isWord(group.inside[0], 'SELECT', 'WITH')
    ? query(group.inside, indent + STEP, width)
    : itemsOf(group.inside).flatMap((item) => broken(item, indent + STEP, width));
  const opened = `${pad}${before}${group.spaced && longest > 0 ? ' ' : ''}${group.open}`;
  const gap = after[0]?.spaced ? ' ' : '';
  const tail = flat(after);
  const rest = tail.length > width && after.length > 0 ? broken(after, indent + STEP, width) : [];
  return [
    opened,
    ...inside,
    rest.length > 0 ? `${pad}${group.close}` : `${pad}${group.close}${gap}${tail}`,
    ...rest,
  ];
}
