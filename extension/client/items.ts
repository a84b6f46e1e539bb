import {
  commands,
  type DocumentSymbol,
  type Range,
  type SymbolInformation,
  SymbolKind,
  type Uri,
  window,
} from 'vscode';

export interface Item {
  readonly kind: 'rule' | 'test';
  /** The id of a rule, the title of a test. */
  readonly name: string;
  /** Of a test. */
  readonly rule: string;
  readonly range: Range;
}

/** The rules and tests of a file, as the language server's outline has them. */
export async function itemsOf(uri: Uri): Promise<readonly Item[]> {
  const symbols = await commands.executeCommand<readonly DocumentSymbol[] | undefined>(
    'vscode.executeDocumentSymbolProvider',
    uri,
  );
  return (symbols ?? []).flatMap((symbol): readonly Item[] => {
    const kind = KINDS.get(symbol.kind);
    return kind === undefined ? [] : [{ kind, name: symbol.name, rule: symbol.detail, range: symbol.range }];
  });
}

/** Of all rules of the workspace: no two have the same. */
export async function ruleIds(): Promise<ReadonlySet<string>> {
  const symbols = await commands.executeCommand<readonly SymbolInformation[] | undefined>(
    'vscode.executeWorkspaceSymbolProvider',
    '',
  );
  const rules = (symbols ?? []).filter(
    ({ kind, location }) => kind === SymbolKind.Class && location.uri.path.endsWith('.betrace'),
  );
  return new Set(rules.map(({ name }) => name));
}

/** The rule where the cursor is, or one that is picked. */
export async function pickRule(): Promise<{ readonly uri: Uri; readonly rule: string } | undefined> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return undefined;
  const { uri } = editor.document;
  const items = await itemsOf(uri);
  const found = items.find(({ range }) => range.contains(editor.selection.active));
  if (found !== undefined) return { uri, rule: found.kind === 'rule' ? found.name : found.rule };
  const rules = items.filter(({ kind }) => kind === 'rule').map(({ name }) => name);
  const rule = rules.length === 1 ? rules[0] : await window.showQuickPick(rules, { title: 'Which rule?' });
  return rule === undefined ? undefined : { uri, rule };
}

const KINDS: ReadonlyMap<SymbolKind, Item['kind']> = new Map([
  [SymbolKind.Class, 'rule'],
  [SymbolKind.Method, 'test'],
]);
