/** A field for a text of rules, with what the language server says of it while it is written. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { CompletionJson, QueryHelpJson } from '../../../engine/answers/language.js';
import type { DiagnosticJson, RuleDraftJson } from '../../../engine/answers/rule.js';
import { messageOf } from '../../../engine/shared/message-of.js';
import { withoutSnippetSyntax } from '../../../lsp/features/completion/snippet-syntax.js';
import { TRIGGER_CHARACTERS } from '../../../lsp/features/completion/trigger-characters.js';
import { api } from './api.js';
import { count } from './format.js';

const SHOWN = 10;
const NONE = -1;
/** A space opens no list, as it would at the end of each word. */
const OPENING: readonly string[] = TRIGGER_CHARACTERS.filter((character) => character !== ' ');
/** How long somebody must pause before the service is asked. */
const PAUSE_MS = 250;

interface EditorProps {
  readonly draft: RuleDraftJson;
  readonly onText: (text: string) => void;
  /** What is known of this text, once it is known. */
  readonly onChecked: (text: string, help: QueryHelpJson) => void;
}

interface Offered {
  readonly completions: readonly CompletionJson[];
  readonly chosen: number;
}

export function RuleEditor({ draft, onText, onChecked }: EditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [offered, setOffered] = useState<Offered>();
  const [help, setHelp] = useState<QueryHelpJson>();
  const [error, setError] = useState<string>();
  /** Where the cursor is to be once the text that was inserted is there. */
  const cursor = useRef<number | undefined>(undefined);
  const { text, path } = draft;

  useEffect(() => {
    const left = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await api.helpWithRules(draft, undefined, left.signal);
        setHelp(found);
        setError(undefined);
        onChecked(text, found);
      } catch (problem) {
        if (!left.signal.aborted) setError(messageOf(problem));
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [text, path]);

  useEffect(() => {
    if (cursor.current === undefined) return;
    field.current?.setSelectionRange(cursor.current, cursor.current);
    cursor.current = undefined;
  }, [text]);

  const asking = useRef<AbortController | undefined>(undefined);
  const close = (): void => {
    asking.current?.abort();
    setOffered(undefined);
  };
  const offer = async (written: string, offset: number): Promise<void> => {
    asking.current?.abort();
    const left = new AbortController();
    asking.current = left;
    try {
      const { completions } = await api.helpWithRules({ text: written, path }, offset, left.signal);
      if (left.signal.aborted) return;
      const matching = completions.filter(({ range, filter, insert }) => {
        const begun = written.slice(range.start.offset, offset);
        return insert !== begun && filter.toLowerCase().startsWith(begun.toLowerCase());
      });
      // Nothing is chosen before something is typed of it: Enter begins a new line.
      const chosen = /\w/u.test(written[offset - 1] ?? '') ? 0 : NONE;
      setOffered(matching.length === 0 ? undefined : { completions: matching.slice(0, SHOWN), chosen });
    } catch {
      // The list of mistakes says so where the service does not answer.
      if (!left.signal.aborted) setOffered(undefined);
    }
  };
  const take = (completion: CompletionJson): void => {
    const { start, end } = completion.range;
    const { insert, snippet } = completion;
    const written =
      text.slice(0, start.offset) +
      (snippet ? withoutSnippetSyntax(insert) : insert) +
      text.slice(end.offset);
    // At the first place to fill in, or behind it all.
    const [before = ''] = snippet ? insert.split(/\$\{?1\b/u) : [insert];
    const offset = start.offset + withoutSnippetSyntax(before).length;
    cursor.current = offset;
    close();
    onText(written);
    field.current?.focus();
    if (completion.again) void offer(written, offset);
  };
  const typed = (event: { readonly currentTarget: HTMLTextAreaElement }): void => {
    const { value, selectionStart } = event.currentTarget;
    onText(value);
    const last = value[selectionStart - 1] ?? '';
    if (value.length > text.length && (/\w/u.test(last) || OPENING.includes(last)))
      void offer(value, selectionStart);
    else close();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      void offer(text, field.current?.selectionStart ?? 0);
      return;
    }
    if (offered === undefined) return;
    const { completions, chosen } = offered;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const taken = completions[event.key === 'Tab' ? Math.max(chosen, 0) : chosen];
    if (step !== undefined)
      setOffered({
        completions,
        chosen: chosen === NONE ? 0 : (chosen + step + completions.length) % completions.length,
      });
    else if ((event.key === 'Enter' || event.key === 'Tab') && taken !== undefined) take(taken);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  };
  return (
    <div class="editor">
      <textarea
        ref={field}
        aria-label="Rules"
        aria-autocomplete="list"
        aria-controls="completions"
        {...((offered?.chosen ?? NONE) !== NONE && {
          'aria-activedescendant': `completion-${offered?.chosen}`,
        })}
        spellcheck={false}
        autocomplete="off"
        rows={Math.min(30, Math.max(10, text.split('\n').length + 1))}
        value={text}
        onInput={typed}
        onKeyDown={pressed}
        onBlur={close}
      />
      <div
        id="completions"
        role="listbox"
        tabIndex={-1}
        aria-label="Completions"
        hidden={offered === undefined}
      >
        {(offered?.completions ?? []).map((completion, place) => (
          <div
            key={`${completion.label} ${completion.kind}`}
            id={`completion-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === offered?.chosen}
            // The field keeps the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              take(completion);
            }}
          >
            <code>{completion.label}</code> <span class="soft">{completion.detail ?? completion.kind}</span>
          </div>
        ))}
      </div>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {help === undefined ? null : <Mistakes help={help} text={text} onText={onText} />}
    </div>
  );
}

interface MistakesProps {
  readonly help: QueryHelpJson;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function Mistakes({ help: { diagnostics, found }, text, onText }: MistakesProps) {
  const leftOut = found.error + found.warning + found.hint - diagnostics.length;
  return (
    <ul class="reasons" aria-label="Mistakes">
      {diagnostics.map((diagnostic) => (
        <li key={`${diagnostic.code} ${diagnostic.range.start.offset}`} class={diagnostic.severity}>
          {diagnostic.range.start.line}:{diagnostic.range.start.column} {diagnostic.message}{' '}
          <span class="soft">{diagnostic.code}</span>
          {diagnostic.fixes.map((fix) => (
            <button key={fix.title} type="button" onClick={() => onText(mended(text, fix))}>
              {fix.title}
            </button>
          ))}
        </li>
      ))}
      {leftOut > 0 ? <li>{count(leftOut)} more</li> : null}
    </ul>
  );
}

function mended(text: string, { edits }: DiagnosticJson['fixes'][number]): string {
  return edits
    .toSorted((a, b) => b.range.start.offset - a.range.start.offset)
    .reduce(
      (result, { range, newText }) =>
        result.slice(0, range.start.offset) + newText + result.slice(range.end.offset),
      text,
    );
}
