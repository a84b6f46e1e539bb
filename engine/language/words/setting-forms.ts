/** The types that values of settings have, and how each is read. */
import { guesses, replaceFix } from '../problems/diagnostic.js';
import type { Report } from '../problems/report.js';
import { suggest } from '../problems/spelling.js';
import type { SettingValue } from '../tree/ast.js';

/** What the value of a setting looks like. */
export type SettingType =
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'string' }
  | { readonly kind: 'strings' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'flow key' };

/** A type of values, and how a written one is read: undefined once what is wrong with it has been reported. */
export interface Form<T> {
  readonly type: SettingType;
  readonly decode: (name: string, value: SettingValue, report: Report) => T | undefined;
}

export const STRING: Form<string> = {
  type: { kind: 'string' },
  decode(name, value, report) {
    if (value.kind === 'string') return value.value;
    report('BT2103', value.range, `\`${name}\` is a string in double quotes.`, {
      ...(value.kind === 'word'
        ? { fixes: [replaceFix('Put it in quotes', value.range, JSON.stringify(value.text))] }
        : {}),
    });
    return undefined;
  },
};

export const STRINGS: Form<readonly string[]> = {
  type: { kind: 'strings' },
  decode(name, value, report) {
    if (value.kind !== 'list') {
      report('BT2103', value.range, `\`${name}\` is a list of strings in square brackets.`, {
        ...(value.kind === 'string'
          ? { fixes: [replaceFix('Put it in brackets', value.range, `[${value.raw}]`)] }
          : {}),
      });
      return undefined;
    }
    const strings: string[] = [];
    for (const item of value.items) {
      if (item.kind === 'string') strings.push(item.value);
      else report('BT2103', item.range, `Every item of \`${name}\` is a string in double quotes.`);
    }
    return strings;
  },
};

const TRUTHS: ReadonlyMap<string, string> = new Map([
  ...['true', 'yes', 'on'].map((word) => [word, 'true'] as const),
  ...['false', 'no', 'off'].map((word) => [word, 'false'] as const),
]);

export const BOOL: Form<boolean> = {
  type: { kind: 'bool' },
  decode(name, value, report) {
    if (value.kind === 'bool') return value.value;
    const written = value.kind === 'string' ? value.value : value.kind === 'word' ? value.text : '';
    const text = TRUTHS.get(written.toLowerCase());
    report('BT2103', value.range, `\`${name}\` is true or false.`, {
      ...(text === undefined ? {} : { fixes: [replaceFix(`Change to ${text}`, value.range, text)] }),
    });
    return undefined;
  },
};

export const DURATION: Form<bigint> = {
  type: { kind: 'duration' },
  decode(name, value, report) {
    if (value.kind === 'duration' && value.value >= 0n) return value.value;
    report('BT2103', value.range, `\`${name}\` is a duration with a unit, not negative, such as 5ms.`, {
      ...(value.kind === 'int' && value.value >= 0n
        ? { fixes: [replaceFix('Read it as milliseconds', value.range, `${value.value}ms`)] }
        : {}),
    });
    return undefined;
  },
};

export function word<const W extends string>(words: readonly W[]): Form<W> {
  return {
    type: { kind: 'word', words },
    decode(name, value, report) {
      const known = words.find((word) => value.kind === 'word' && word === value.text);
      if (known !== undefined) return known;
      const written = value.kind === 'word' ? value.text : value.kind === 'string' ? value.value : undefined;
      const near =
        written === undefined
          ? undefined
          : (words.find((word) => word === written) ?? suggest(written, words));
      const message = `\`${name}\` is one of ${words.join(', ')}, written without quotes.`;
      report('BT2103', value.range, message, {
        fixes:
          near === undefined
            ? guesses(words.map((word) => replaceFix(`Change to \`${word}\``, value.range, word)))
            : [replaceFix(`Change to \`${near}\``, value.range, near)],
      });
      return undefined;
    },
  };
}
