/** The parts of the language reference that are made from the code. */

import { INTRINSICS } from '../../../engine/language/tree/intrinsics.js';
import type { SettingType } from '../../../engine/language/words/setting-forms.js';
import { DEFAULT_SETTINGS, type RuleSettings, SETTINGS } from '../../../engine/language/words/settings.js';
import { CODES } from '../../../server/shared/codes.js';

const SECTIONS: Readonly<Record<string, () => string>> = {
  settings: () =>
    table(
      ['setting', 'value', 'default', 'meaning'],
      SETTINGS.map(({ key, name, isAssigned, type, summary }) => [
        isAssigned ? `\`${name} = …\`` : `\`${name} …\``,
        valueText(type),
        defaultText(DEFAULT_SETTINGS[key]),
        summary,
      ]),
    ),
  intrinsics: () =>
    table(
      ['intrinsic', 'type', 'meaning', 'also'],
      INTRINSICS.map(({ name, type, documentation, words }) => [
        `\`${name}\``,
        type,
        documentation,
        words.map((word) => `\`${word}\``).join(', '),
      ]),
    ),
  codes: () =>
    table(
      ['code', 'severity', 'title', 'what to do'],
      [...CODES].map(([code, { severity, title, advice }]) => [code, severity, title, advice]),
    ),
};

/** The reference with its generated sections as they should be. */
export function withSections(text: string): string {
  const missing = new Set(Object.keys(SECTIONS));
  const result = text.replace(/^<!-- generated: (\w+) -->\n[\s\S]*?^<!-- end -->$/gm, (_, name: string) => {
    const section = SECTIONS[name];
    if (section === undefined) throw new Error(`there is no section ${name} to generate`);
    missing.delete(name);
    return `<!-- generated: ${name} -->\n${section()}\n<!-- end -->`;
  });
  if (missing.size > 0) throw new Error(`the reference has no section ${[...missing].join(', ')}`);
  return result;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(escaped).join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Text of a cell: what Markdown would take for its own outside of code is escaped. */
function escaped(cell: string): string {
  return cell
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[*<]/g, '\\$&')))
    .join('')
    .replaceAll('|', '\\|');
}

function valueText(type: SettingType): string {
  switch (type.kind) {
    case 'word':
      return type.words.map((word) => `\`${word}\``).join(', ');
    case 'string':
      return 'a string';
    case 'strings':
      return 'a list of strings';
    case 'bool':
      return '`true` or `false`';
    case 'duration':
      return 'a duration';
    case 'flow key':
      return 'a field, several in parentheses or `links`, then `within` and a duration';
  }
}

function defaultText(value: RuleSettings[keyof RuleSettings]): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return typeof value === 'bigint' ? `\`${value}s\`` : `\`${String(value)}\``;
}
