import type { LetDefinition, Scopes } from '../../scope/scope.js';
import type { LetItem, Pipeline, SpansetName } from '../../tree/ast.js';
import { measure, namesOf, type TreeMeasure } from '../../tree/walk.js';
import { listUsesOf, parametersIn } from '../../tree/walk-tree.js';

/** Bounds on a pattern after its lets are filled in; they keep every later stage from running away. */
export const MAX_NODES = 20_000;
export const MAX_DEPTH = 1_000;
/** Patterns in the conditions of one rule: the database's time to plan a rule grows faster than their number. */
export const MAX_PATTERNS = 200;

/** What a let comes to once the lets in it are filled in. */
export interface LetFacts {
  readonly nodes: number;
  readonly depth: number;
  /** How often its parameters are in it then. */
  readonly mentions: number;
  readonly fault?: 'recursive' | 'large';
  /** The fault is that of a let it refers to, and reported there. */
  readonly inherited?: true;
  /** The lets it refers to, directly. */
  readonly uses: readonly LetDefinition[];
}

const NOTHING = { nodes: 0, depth: 0, mentions: 0 };

/** Size and soundness of lets, worked out once for each. */
export class LetTable {
  private readonly facts = new Map<LetItem, LetFacts>();
  private readonly open = new Set<LetItem>();

  constructor(private readonly scopes: Scopes) {}

  of(definition: LetDefinition): LetFacts {
    const known = this.facts.get(definition.item);
    if (known) return known;
    if (this.open.has(definition.item)) return { ...NOTHING, fault: 'recursive', uses: [] };
    if (this.open.size > MAX_DEPTH) return { ...NOTHING, fault: 'large', uses: [] };
    this.open.add(definition.item);
    const facts = this.measured(definition.path, definition.item.value);
    this.open.delete(definition.item);
    this.facts.set(definition.item, facts);
    return facts;
  }

  /** The values of a list are looked up at once, so they cost less than as many comparisons. */
  private sizeOfList(path: string, name: string): number {
    const values = this.scopes.get(path)?.lists.get(name)?.values;
    return values?.kind === 'values' ? Math.ceil(values.values.length / 10) : 0;
  }

  /** Whether a let leads back to itself, and not just to others that do. */
  isRecursive(definition: LetDefinition): boolean {
    const seen = new Set<LetItem>();
    const queue = [...this.of(definition).uses];
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (next.item === definition.item) return true;
      if (seen.has(next.item)) continue;
      seen.add(next.item);
      queue.push(...this.of(next).uses);
    }
    return false;
  }

  /** The same for any pipeline that refers to lets; `skip` says which names are not lets. */
  measured(path: string, pipeline: Pipeline, skip: (name: SpansetName) => boolean = () => false): LetFacts {
    const own = partsOf(pipeline);
    if (own.depth > MAX_DEPTH)
      return { nodes: own.nodes, depth: own.depth, mentions: 0, fault: 'large', uses: [] };
    let { nodes, depth, mentions } = own;
    for (const list of own.lists) nodes += this.sizeOfList(path, list);
    let fault: LetFacts['fault'];
    const uses: LetDefinition[] = [];
    for (const { node, largest, passedOn } of own.names) {
      const definition = skip(node) ? undefined : this.scopes.get(path)?.lets.get(node.name.text);
      if (!definition) continue;
      uses.push(definition);
      const inner = this.of(definition);
      nodes += inner.nodes + inner.mentions * largest;
      mentions += inner.mentions * passedOn;
      depth = Math.max(depth, own.depth + inner.depth);
      fault ??= inner.fault;
    }
    const inherited = fault !== undefined;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) fault ??= 'large';
    return { nodes, depth, mentions, uses, ...(fault ? { fault } : {}), ...(inherited ? { inherited } : {}) };
  }
}

/** What is in a pipeline itself. */
interface Parts extends TreeMeasure {
  /** Mentions of parameters. */
  readonly mentions: number;
  readonly lists: readonly string[];
  readonly names: readonly NamedPart[];
}

interface NamedPart {
  readonly node: SpansetName;
  /** Each mention of a parameter becomes what is given for it: the largest counts for all. */
  readonly largest: number;
  /** The most parameters in what is given for one. */
  readonly passedOn: number;
}

const parts = new WeakMap<Pipeline, Parts>();

/** Trees do not change: a pipeline is walked once. */
function partsOf(pipeline: Pipeline): Parts {
  const known = parts.get(pipeline);
  if (known !== undefined) return known;
  const size = measure(pipeline);
  // What is too deep is not walked.
  const isDeep = size.depth > MAX_DEPTH;
  const found: Parts = {
    ...size,
    mentions: isDeep ? 0 : parametersIn(pipeline).length,
    lists: isDeep ? [] : listUsesOf(pipeline).map(({ list }) => list.text),
    names: isDeep ? [] : [...namesOf(pipeline)].map(({ node }) => namedPart(node)),
  };
  parts.set(pipeline, found);
  return found;
}

function namedPart(node: SpansetName): NamedPart {
  const given = node.arguments ?? [];
  return {
    node,
    largest: Math.max(0, ...given.map((fieldExpression) => measure(fieldExpression).nodes)),
    passedOn: Math.max(0, ...given.map((fieldExpression) => parametersIn(fieldExpression).length)),
  };
}
