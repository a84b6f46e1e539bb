import { ofKind } from '../../shared/of-kind.js';
import { type CheckedFile, checkFile } from '../check/check-file.js';
import { type RulePlace, type TestPlace, titleKey, type World } from '../check/world.js';
import { type PlacedItem, placedItem } from '../parse/read-items.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { NO_LIST_FILES } from '../scope/lists.js';
import { buildScopes, type ResolveUse, relativeResolver, type Scopes } from '../scope/scope.js';
import type { Item, Range, RuleItem, TestItem } from '../tree/ast.js';
import { isRuleItem } from '../tree/rule-item.js';
import { RULE_KINDS } from '../words/rule-kinds.js';
import { type KnownNames, knownNames } from './known-names.js';
import { localItems } from './local-items.js';
import { parseWorkspaceFile } from './parsed-file.js';
import { type PlacedDiagnostics, placeDiagnostics } from './place-diagnostics.js';
import { resolvedRule } from './resolve-rule.js';
import type {
  ParsedFile,
  ResolvedRule,
  ResolvedTest,
  Workspace,
  WorkspaceFile,
  WorkspaceOptions,
} from './resolved.js';
import { Soundness } from './soundness.js';

/** What one file came to. */
interface LinkedFile {
  readonly parsed: ParsedFile;
  readonly checked: CheckedFile;
  readonly placed: PlacedDiagnostics;
  readonly file: WorkspaceFile;
}

interface Linked {
  readonly parsed: ReadonlyMap<string, ParsedFile>;
  readonly resolve: ResolveUse;
  readonly options: Omit<WorkspaceOptions, 'previous'>;
  readonly names: KnownNames;
  readonly files: ReadonlyMap<string, LinkedFile>;
}

/** Of workspaces that may be the previous one of another. */
const linkedOf = new WeakMap<Workspace, Linked>();

/**
 * Checks parsed files against each other and resolves their rules and tests. With `previous`, what a change cannot have
 * touched is taken from there: an edit costs the check of the items that it means something to. Rules, tests and scopes are worked out
 * when they are asked for.
 */
export function linkWorkspace(
  given: ReadonlyMap<string, ParsedFile>,
  resolve: ResolveUse = relativeResolver(given),
  { previous, ...options }: WorkspaceOptions = {},
): Workspace {
  // What is worked out later is of the files as they are now.
  const parsed = new Map(given);
  const { catalogue, readList = NO_LIST_FILES } = options;
  const before = previous === undefined ? undefined : linkedOf.get(previous);
  const names = knownNames(parsed, resolve, readList, before?.names);
  const world: World = {
    scopes: names.scopes,
    lets: names.lets,
    ...indexItems(parsed.values()),
    ...(catalogue ? { catalogue } : {}),
  };
  const files = new Map<string, LinkedFile>();
  for (const file of parsed.values()) {
    const known = before?.files.get(file.path);
    const checked = checkFile(file.path, file.items, world, known?.checked);
    files.set(file.path, isStill(known, file, checked, parsed) ? known : linkedFile(file, checked, parsed));
  }
  const workspace = workspaceOf(parsed, files, world, () => buildScopes(parsed, resolve, readList));
  linkedOf.set(workspace, { parsed, resolve, options, names, files });
  return workspace;
}

/** What would be reported of a file of a workspace if this were its text. */
export function diagnosticsIf(workspace: Workspace, path: string, text: string): readonly Diagnostic[] {
  const before = workspace.files.get(path);
  if (before?.text === text) return before.diagnostics;
  const { parsed, resolve, options } = linkedOf.get(workspace)!;
  const changed = new Map(parsed).set(path, parseWorkspaceFile(path, text, parsed.get(path)));
  const { files } = linkWorkspace(changed, resolve, { ...options, previous: workspace });
  return files.get(path)!.diagnostics;
}

function isStill(
  known: LinkedFile | undefined,
  file: ParsedFile,
  checked: CheckedFile,
  parsed: ReadonlyMap<string, ParsedFile>,
): known is LinkedFile {
  return (
    known?.parsed === file &&
    known.checked === checked &&
    [...known.placed.others].every((other) => parsed.get(other.path) === other)
  );
}

function linkedFile(
  parsed: ParsedFile,
  checked: CheckedFile,
  files: ReadonlyMap<string, ParsedFile>,
): LinkedFile {
  const placed = placeDiagnostics(parsed, checked, files);
  const { path, text, syntax, items } = parsed;
  return {
    parsed,
    checked,
    placed,
    file: {
      path,
      text,
      syntax,
      items,
      diagnostics: placed.diagnostics,
      get file() {
        return parsed.file;
      },
    },
  };
}

function indexItems(files: Iterable<ParsedFile>): Pick<World, 'rules' | 'tests' | 'items'> {
  const rules = new Map<string, RulePlace[]>();
  const tests = new Map<string, TestPlace>();
  const items = new Map<string, readonly Item[]>();
  for (const file of files) {
    items.set(file.path, localItems(file));
    const own = placesIn(file);
    for (const place of own.rules) {
      const id = place.item.id.text;
      const known = rules.get(id);
      if (known === undefined) rules.set(id, [place]);
      else known.push(place);
    }
    for (const [key, place] of own.tests) if (!tests.has(key)) tests.set(key, place);
  }
  return { rules, tests, items };
}

interface FilePlaces {
  readonly rules: readonly RulePlace[];
  readonly tests: ReadonlyMap<string, TestPlace>;
}

const places = new WeakMap<ParsedFile, FilePlaces>();

function placesIn(file: ParsedFile): FilePlaces {
  const known = places.get(file);
  if (known !== undefined) return known;
  const { path } = file;
  const rules: RulePlace[] = [];
  const tests = new Map<string, TestPlace>();
  for (const { read } of file.items) {
    const { item } = read;
    if (item === undefined) continue;
    if (isRuleItem(item)) rules.push({ path, item, isBroken: hasErrorIn(read, item.range) });
    if (item.kind === 'test' && !tests.has(titleKey(item))) tests.set(titleKey(item), { path, item });
  }
  const found = { rules, tests };
  places.set(file, found);
  return found;
}

function hasErrorIn({ diagnostics }: PlacedItem['read'], { start, end }: Range): boolean {
  return diagnostics.some(
    ({ severity, range }) => severity === 'error' && range.start <= end && range.end >= start,
  );
}

// ---------------------------------------------------------------------------------------------------- rules and tests

function workspaceOf(
  parsed: ReadonlyMap<string, ParsedFile>,
  linked: ReadonlyMap<string, LinkedFile>,
  world: World,
  build: () => Scopes,
): Workspace {
  const scopes = once(build);
  const sound = once(() => new Soundness(parsed, (path) => linked.get(path)?.checked, world));
  const rules = once(() => {
    const inText = soundItems(parsed.values(), (path, item) =>
      isRuleItem(item) ? sound().rule(path, item) : false,
    ).map(({ path, item }) => resolvedRule(path, item as RuleItem, scopes()));
    return RULE_KINDS.flatMap((kind): readonly ResolvedRule[] => ofKind(inText, kind));
  });
  const tests = once(() => {
    const inText = soundItems(
      parsed.values(),
      (path, item) => item.kind === 'test' && sound().item(path, item),
    );
    return resolveTests(inText as readonly TestPlace[], rules());
  });
  return {
    files: new Map([...linked].map(([path, { file }]) => [path, file])),
    get scopes() {
      return scopes();
    },
    get rules() {
      return rules();
    },
    get tests() {
      return tests();
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Items by offsets into their files. */
function soundItems(
  files: Iterable<ParsedFile>,
  isSound: (path: string, item: Item) => boolean,
): readonly { readonly path: string; readonly item: Item }[] {
  return [...files].flatMap(({ path, items }) =>
    items.flatMap((placed) => {
      const { item } = placed.read;
      if (item === undefined || !isSound(path, item)) return [];
      return [{ path, item: placedItem(placed) as Item }];
    }),
  );
}

function resolveTests(
  tests: readonly { readonly path: string; readonly item: TestItem }[],
  rules: readonly ResolvedRule[],
): readonly ResolvedTest[] {
  const byId = new Map(rules.map((rule) => [rule.item.id.text, rule]));
  return tests.map(({ path, item }) => {
    const rule = byId.get(item.rule.text);
    return { path, item, ...(rule ? { rule } : {}) };
  });
}
