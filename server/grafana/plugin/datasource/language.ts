/** The language in Grafana's editor: what the service's language server says of the text, while it is written. */

import type { CompletionJson } from '../../../../engine/answers/language.js';
import type { DiagnosticJson, TextRangeJson } from '../../../../engine/answers/rule.js';
import { METRICS_FUNCTIONS, METRICS_STEPS } from '../../../../engine/language/words/metrics-words.js';
import { KEYWORDS } from '../../../../engine/language/words/words.js';
import { TRIGGER_CHARACTERS } from '../../../../lsp/features/completion/trigger-characters.js';
import type { Client } from './client.js';
import type {
  CompletionItem,
  CompletionKindName,
  Disposable,
  Marker,
  Model,
  Monaco,
  Position,
  Span,
} from './monaco.js';

export const LANGUAGE = 'betrace';

/** Who is asked about the text of an editor: there may be several data sources, and providers are of a language. */
const clients = new Map<string, Client>();

/** Once for a page, however many editors it has. */
export function registerLanguage(monaco: Monaco): void {
  const { languages } = monaco;
  if (languages.getLanguages().some(({ id }) => id === LANGUAGE)) return;
  languages.register({ id: LANGUAGE });
  languages.setLanguageConfiguration(LANGUAGE, {
    brackets: [
      ['{', '}'],
      ['(', ')'],
    ],
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '(', close: ')' },
      { open: '"', close: '"' },
      { open: '`', close: '`' },
    ],
  });
  languages.setMonarchTokensProvider(LANGUAGE, {
    keywords: [...KEYWORDS, ...METRICS_FUNCTIONS, ...METRICS_STEPS, 'violations', 'of'],
    tokenizer: {
      root: [
        [/\/\/.*$/u, 'comment'],
        [/"(?:[^"\\]|\\.)*"?|`[^`]*`?/u, 'string'],
        [/\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d)?\b/u, 'number'],
        [/(?:span|resource|event|link|instrumentation|trace|parent)?[.:][\w.-]+/u, 'type.identifier'],
        [/[a-z_][\w-]*/iu, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
        [/[=!<>~&|+*/^%-]+/u, 'operator'],
      ],
    },
  });
  languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: [...TRIGGER_CHARACTERS],
    async provideCompletionItems(model, position) {
      const help = await helpAt(model, position);
      const completions = help?.completions ?? [];
      return {
        suggestions: completions.map((completion, place) => itemOf(monaco, completion, place)),
        // A list that is cut has others once more is typed.
        incomplete: true,
      };
    },
  });
  languages.registerHoverProvider(LANGUAGE, {
    async provideHover(model, position) {
      const hover = (await helpAt(model, position))?.hover;
      return hover == null ? null : { range: spanOf(hover.range), contents: [{ value: hover.markdown }] };
    },
  });
}

/** An editor whose service does not answer has no help, and says nothing of it: the query will. */
async function helpAt(model: Model, position: Position) {
  return clients
    .get(model.uri.toString())
    ?.help(model.getValue(), model.getOffsetAt(position))
    .catch(() => undefined);
}

/** How long somebody must pause before mistakes are looked for. */
const PAUSE_MS = 400;

/** Asks this client about the text of a model, and marks its mistakes, until it is disposed of. */
export function follow(monaco: Monaco, model: Model, client: Client): Disposable {
  const key = model.uri.toString();
  clients.set(key, client);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    const text = model.getValue();
    const version = model.getVersionId();
    const help = text.trim() === '' ? undefined : await client.help(text).catch(() => undefined);
    if (model.isDisposed() || model.getVersionId() !== version) return;
    const markers = (help?.diagnostics ?? []).map((diagnostic) => markerOf(monaco, diagnostic));
    monaco.editor.setModelMarkers(model, LANGUAGE, markers);
  };
  const changed = model.onDidChangeContent(() => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), PAUSE_MS);
  });
  void look();
  return {
    dispose() {
      clearTimeout(waiting);
      changed.dispose();
      clients.delete(key);
    },
  };
}

const KINDS: Readonly<Record<CompletionJson['kind'], CompletionKindName>> = {
  keyword: 'Keyword',
  operator: 'Operator',
  function: 'Function',
  field: 'Field',
  pattern: 'Variable',
  'bound span': 'Reference',
  setting: 'Property',
  value: 'Value',
  rule: 'Class',
  snippet: 'Snippet',
  file: 'File',
};

function itemOf({ languages }: Monaco, completion: CompletionJson, place: number): CompletionItem {
  const { label, kind, detail, markdown, insert, snippet, filter, range, again } = completion;
  return {
    label,
    kind: languages.CompletionItemKind[KINDS[kind]],
    ...(detail !== null && { detail }),
    ...(markdown !== null && { documentation: { value: markdown } }),
    insertText: insert,
    ...(snippet && { insertTextRules: languages.CompletionItemInsertTextRule.InsertAsSnippet }),
    filterText: filter,
    sortText: String(place).padStart(6, '0'),
    range: spanOf(range),
    ...(again && { command: { id: 'editor.action.triggerSuggest', title: 'Suggest' } }),
  };
}

function markerOf({ MarkerSeverity }: Monaco, diagnostic: DiagnosticJson): Marker {
  const { code, severity, message, range, fixes } = diagnostic;
  const severities = {
    error: MarkerSeverity.Error,
    warning: MarkerSeverity.Warning,
    hint: MarkerSeverity.Hint,
  };
  const mends = fixes.map(({ title }) => `\n${title}`).join('');
  return {
    ...spanOf(range),
    severity: severities[severity],
    code,
    source: LANGUAGE,
    message: `${message}${mends}`,
  };
}

/** Both count lines and columns from 1, columns in UTF-16 code units, and leave the end out. */
function spanOf({ start, end }: TextRangeJson): Span {
  return {
    startLineNumber: start.line,
    startColumn: start.column,
    endLineNumber: end.line,
    endColumn: end.column,
  };
}
