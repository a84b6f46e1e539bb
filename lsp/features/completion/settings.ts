import { lex } from '../../../engine/language/text/lexer.js';
import { SETTINGS, settingNamed } from '../../../engine/language/words/settings.js';
import { type CompletionEntry, RANK } from './entry.js';
import type { CompletionPlace } from './place.js';

/** Settings that are written with `=`, with a place for their value. */
export function settingEntries(place: CompletionPlace): readonly CompletionEntry[] {
  return SETTINGS.filter(({ isAssigned }) => isAssigned).map(({ name, type, summary }) => {
    const value =
      type.kind === 'word'
        ? `\${1|${type.words.join(',')}|}`
        : type.kind === 'string'
          ? '"$1"'
          : type.kind === 'strings'
            ? '["$1"]'
            : type.kind === 'bool'
              ? `\${1|true,false|}`
              : `\${1:5ms}`;
    return {
      label: name,
      kind: 'setting',
      detail: summary,
      insert: `${name} = ${value}`,
      snippet: true,
      replace: place.replace,
      rank: RANK.exact,
    };
  });
}

/** The words that the setting at hand can have. */
export function settingWordEntries(place: CompletionPlace): readonly CompletionEntry[] {
  const { tokens } = lex(place.text.slice(0, place.replace.start));
  const last = tokens.at(-1);
  const name = last?.text === '=' ? tokens.at(-2)?.text : `${tokens.at(-2)?.text} ${last?.text}`;
  const type = name === undefined ? undefined : settingNamed(name)?.type;
  const words = type?.kind === 'word' ? type.words : type?.kind === 'bool' ? ['true', 'false'] : [];
  return words.map((label, n) => ({
    label,
    kind: 'value',
    detail: name ?? '',
    replace: place.replace,
    rank: RANK.exact + n / 100,
  }));
}
