/** Of the editor that Grafana has (Monaco) what is used; the package has its types, and is not installed. */

export interface Position {
  readonly lineNumber: number;
  readonly column: number;
}

export interface Span {
  readonly startLineNumber: number;
  readonly startColumn: number;
  readonly endLineNumber: number;
  readonly endColumn: number;
}

export interface Model {
  readonly uri: { toString(): string };
  getValue(): string;
  getOffsetAt(position: Position): number;
  getVersionId(): number;
  isDisposed(): boolean;
  onDidChangeContent(listener: () => void): Disposable;
}

export interface Disposable {
  dispose(): void;
}

export interface Editor {
  getModel(): Model | null;
  addCommand(keys: number, handler: () => void): unknown;
}

export interface CompletionItem {
  readonly label: string;
  readonly kind: number;
  readonly detail?: string;
  readonly documentation?: { readonly value: string };
  readonly insertText: string;
  readonly insertTextRules?: number;
  readonly filterText: string;
  readonly sortText: string;
  readonly range: Span;
  readonly command?: { readonly id: string; readonly title: string };
}

export interface Marker extends Span {
  readonly severity: number;
  readonly code: string;
  readonly source: string;
  readonly message: string;
}

export interface Monaco {
  readonly KeyMod: { readonly Shift: number };
  readonly KeyCode: { readonly Enter: number };
  readonly MarkerSeverity: { readonly Hint: number; readonly Warning: number; readonly Error: number };
  readonly editor: { setModelMarkers(model: Model, owner: string, markers: Marker[]): void };
  readonly languages: {
    readonly CompletionItemKind: Readonly<Record<CompletionKindName, number>>;
    readonly CompletionItemInsertTextRule: { readonly InsertAsSnippet: number };
    getLanguages(): readonly { readonly id: string }[];
    register(language: { id: string }): void;
    setLanguageConfiguration(id: string, configuration: object): unknown;
    setMonarchTokensProvider(id: string, rules: object): unknown;
    registerCompletionItemProvider(id: string, provider: CompletionProvider): unknown;
    registerHoverProvider(id: string, provider: HoverProvider): unknown;
  };
}

export type CompletionKindName =
  | 'Keyword'
  | 'Operator'
  | 'Function'
  | 'Field'
  | 'Variable'
  | 'Reference'
  | 'Property'
  | 'Value'
  | 'Class'
  | 'Snippet'
  | 'File';

interface CompletionProvider {
  readonly triggerCharacters: string[];
  provideCompletionItems(
    model: Model,
    position: Position,
  ): Promise<{ suggestions: CompletionItem[]; incomplete: boolean }>;
}

interface HoverProvider {
  provideHover(
    model: Model,
    position: Position,
  ): Promise<{ range: Span; contents: { value: string }[] } | null>;
}
