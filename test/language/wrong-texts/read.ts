import { readdirSync, readFileSync } from 'node:fs';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import type { Diagnostic } from '../../../engine/language/problems/diagnostic.js';
import type { FieldCatalogue, KnownField } from '../../../engine/language/tree/catalogue.js';

/** A text as people write it who know another language, and what it is about. */
export interface WrongText {
  readonly title: string;
  /** The file of the corpus that it is in. */
  readonly habit: string;
  readonly text: string;
  /** What it means to say; absent where only its author knows. */
  readonly means?: string;
  /** A part of a message about it that helps. */
  readonly says?: string;
  /** 3 unless the corpus says less. */
  readonly score: number;
  /** Spans of a trace that keeps what is meant, and of one that violates it. */
  readonly passes?: string;
  readonly violates?: string;
}

const LINE = /^(filter|clause|file|means|says|score|passes|violates)\s+(.*)$/u;

/** A filter is read as that of a `never`, a clause as what is in the braces of a rule. */
const AROUND: Readonly<Record<string, (text: string) => string>> = {
  filter: (text) => `rule r { never { ${text} } }`,
  clause: (text) => `rule r { ${text}\n}`,
  file: (text) => text,
};

/** The corpus, `*.txt` in this folder: an entry starts with `# title`, and `↵` is a line break. */
export function wrongTexts(): readonly WrongText[] {
  const folder = new URL('./', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) =>
      readFileSync(new URL(name, folder), 'utf8')
        .split(/^# /mu)
        .slice(1)
        .map((entry) => entryOf(entry, name)),
    );
}

function entryOf(entry: string, name: string): WrongText {
  const [title = '', ...lines] = entry.trim().split('\n');
  const fields = new Map(
    lines.map((line): [string, string] => {
      const [, key = '', value = ''] = LINE.exec(line) ?? [];
      if (key === '') throw new Error(`${name}, ${title}: ${line}`);
      return [key, value.replaceAll(/ ?↵ ?/gu, '\n')];
    }),
  );
  const kind = ['filter', 'clause', 'file'].find((candidate) => fields.has(candidate)) ?? '';
  const around = AROUND[kind]!;
  const [means, says, passes, violates] = ['means', 'says', 'passes', 'violates'].map((key) =>
    fields.get(key),
  );
  return {
    title,
    habit: name.replace('.txt', ''),
    text: around(fields.get(kind)!),
    ...(means === undefined ? {} : { means: around(means) }),
    ...(says === undefined ? {} : { says }),
    score: Number(fields.get('score') ?? 3),
    ...(passes === undefined ? {} : { passes }),
    ...(violates === undefined ? {} : { violates }),
  };
}

const field = (...types: KnownField['types']): KnownField => ({ types });
const closed = (...values: readonly string[]): KnownField => ({ types: ['string'], values });

/** What is known of stored spans while the corpus is checked. */
const CATALOGUE: FieldCatalogue = {
  spanNames: ['checkout.place_order', 'db.query', 'fraud.check', 'http.retry', 'payment.charge_card'],
  attributes: new Map([
    [
      'span',
      new Map([
        ['amount', field('int', 'float')],
        ['currency', closed('EUR', 'GBP', 'USD')],
        ['http.response.status_code', field('int')],
        ['order.id', field('string')],
        ['paid', field('bool')],
        ['retry.count', field('int')],
        ['size', field('int')],
        ['tags', field('string')],
        ['tenant.id', field('string')],
        ['user.id', field('string')],
      ]),
    ],
    ['resource', new Map([['service.name', closed('checkout', 'fraud', 'payment')]])],
  ]),
};

/** What is reported of a text in a file next to another one, `names.betrace`, in its folder. */
export function check(text: string): readonly Diagnostic[] {
  const files = new Map([
    ['a.betrace', text],
    ['names.betrace', 'export let shared-charge = { name = "payment.charge_card" }'],
  ]);
  return loadWorkspace(files, undefined, { catalogue: CATALOGUE }).files.get('a.betrace')!.diagnostics;
}
