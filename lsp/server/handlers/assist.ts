import { type CompletionItem, InsertTextFormat, MarkupKind, type SignatureHelp } from 'vscode-languageserver';
import { expectedAt, expectedInQuery } from '../../../engine/language/parse/expected.js';
import { findAttribute, withValues } from '../../catalogue/catalogue.js';
import { completionsAt, queryCompletionsAt } from '../../features/completion/complete.js';
import { type CompletionEntry, filterTextOf } from '../../features/completion/entry.js';
import { comparedField } from '../../features/completion/field-context.js';
import { placeAt } from '../../features/completion/place.js';
import { valueQuestion } from '../../features/completion/rest-of-filter.js';
import { withoutSnippetSyntax } from '../../features/completion/snippet-syntax.js';
import { hoverAt } from '../../features/hover.js';
import { signatureAt } from '../../features/signature.js';
import type { View } from '../../workspace/documents.js';
import { COMPLETION_KINDS, rangeOf } from '../convert.js';
import type { Session } from '../session.js';
import { viewAt } from './place.js';

/** Help while writing: completion, hover, signatures. */
export function registerAssist(session: Session): void {
  const { connection, analysis } = session;

  connection.onCompletion(async ({ textDocument, position }) => {
    const place = viewAt(session, textDocument.uri, position);
    if (place === undefined) return null;
    const { view, offset } = place;
    wantValues(session, view.text, offset);
    const isRules = view.language === 'betrace';
    const expected = isRules ? expectedAt(view.text, offset) : expectedInQuery(view.text, offset);
    const question = valueQuestion(placeAt(view.text, offset, expected));
    const values = question === undefined ? undefined : await session.narrowed.of(question);
    const { catalogue } = session;
    const known = question === undefined ? catalogue : withValues(catalogue, question.read, values);
    const completions = isRules ? completionsAt : queryCompletionsAt;
    const entries = completions(analysis, view.path, view.text, offset, known);
    // Long lists are cut, so what is typed next may bring up others.
    return { isIncomplete: true, items: entries.map((entry) => itemOf(entry, view, session)) };
  });

  connection.onHover(({ textDocument, position }) => {
    const place = viewAt(session, textDocument.uri, position);
    if (place === undefined) return null;
    const { view, offset } = place;
    const { catalogue, results, ruleClass } = session;
    const hover = hoverAt(analysis, view.path, view.text, offset, { catalogue, results, ruleClass });
    if (hover === undefined) return null;
    return {
      contents: { kind: MarkupKind.Markdown, value: hover.contents },
      range: rangeOf(view.document, hover.range),
    };
  });

  connection.onSignatureHelp(({ textDocument, position }): SignatureHelp | null => {
    const place = viewAt(session, textDocument.uri, position);
    const signature = place === undefined ? undefined : signatureAt(place.view.text, place.offset);
    if (signature === undefined) return null;
    return {
      signatures: [
        {
          label: signature.label,
          documentation: signature.documentation,
          parameters: signature.parameters.map((label) => ({ label })),
        },
      ],
      activeSignature: 0,
      activeParameter: signature.active,
    };
  });
}

/** Where values of an attribute may be completed next, more of them are fetched. */
function wantValues({ live }: Session, text: string, offset: number): void {
  const { from } = expectedAt(text, offset);
  const field = comparedField(text, from);
  if (field?.kind !== 'attribute') return;
  const attribute = findAttribute(live.current, field.scope, field.key);
  if (attribute !== undefined) live.want(attribute);
}

const AGAIN = { title: 'Suggest', command: 'editor.action.triggerSuggest' };

function itemOf(entry: CompletionEntry, { document, text }: View, { abilities }: Session): CompletionItem {
  const insert = entry.insert ?? entry.label;
  const snippet = entry.snippet === true && abilities.snippets;
  return {
    label: entry.label,
    kind: COMPLETION_KINDS[entry.kind],
    ...(entry.detail === undefined ? {} : { detail: entry.detail }),
    ...(entry.documentation === undefined
      ? {}
      : { documentation: { kind: MarkupKind.Markdown, value: entry.documentation } }),
    insertTextFormat: snippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: {
      range: rangeOf(document, entry.replace),
      newText: snippet || entry.snippet !== true ? insert : withoutSnippetSyntax(insert),
    },
    ...(entry.also === undefined
      ? {}
      : {
          additionalTextEdits: entry.also.map(({ range, newText }) => ({
            range: rangeOf(document, range),
            newText,
          })),
        }),
    filterText: filterTextOf(entry, text),
    sortText: entry.rank.toFixed(4).padStart(8, '0'),
    ...(entry.again === true ? { command: AGAIN } : {}),
  };
}
