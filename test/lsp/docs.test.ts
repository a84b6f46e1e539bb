import { describe, expect, it } from 'vitest';
import { loadQuery } from '../../engine/language/link/load-query.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { INTRINSICS } from '../../engine/language/tree/intrinsics.js';
import { CONSTANT_WORDS, KEYWORDS, RELATIONS } from '../../engine/language/words/words.js';
import { EXAMPLES } from '../../lsp/docs/examples.js';
import { OPERATOR_DOCS } from '../../lsp/docs/operator-docs.js';
import { WORD_DOCS } from '../../lsp/docs/word-docs.js';

/** Words that mean something only as a part of a phrase, which is documented as a whole. */
const PARTS: Readonly<Record<string, string>> = {
  starts: 'starts before',
  ends: 'ends before',
  at: 'at least',
};

describe('what hovers say', () => {
  it.each([...new Set([...KEYWORDS, ...CONSTANT_WORDS, ...Object.keys(RELATIONS)])])(
    'has a meaning for the word %s',
    (word) => {
      expect(WORD_DOCS.has(PARTS[word] ?? word)).toBe(true);
    },
  );

  it.each([...WORD_DOCS.keys(), ...OPERATOR_DOCS.keys(), ...INTRINSICS.map(({ name }) => name)])(
    'has an example of %s that has it, and no mistakes',
    (word) => {
      const example = EXAMPLES.get(word) ?? '';
      const spellings = [word, ...(INTRINSICS.find(({ name }) => name === word)?.words ?? [])];
      expect(spellings.some((spelling) => example.includes(spelling))).toBe(true);
      expect(mistakes(example)).toEqual([]);
    },
  );

  it('has no example of what is not there', () => {
    const known = new Set<string>([
      ...WORD_DOCS.keys(),
      ...OPERATOR_DOCS.keys(),
      ...INTRINSICS.map(({ name }) => name),
    ]);
    expect([...EXAMPLES.keys()].filter((word) => !known.has(word))).toEqual([]);
  });
});

const CONTEXT =
  'rule no-debug { never { } }\nrule double-charge { never { } }\nlet charge = { name = "charge" }\nlet order = { name = "order" }\n';

/** Of an example that is complete, or of its place in a rule. */
function mistakes(example: string): readonly string[] {
  const attempts = [
    loadQuery(example).diagnostics,
    ...[example, `${CONTEXT}${example}`, `${CONTEXT}rule r { ${example} }`].map(
      (text) =>
        loadWorkspace(
          new Map([
            ['/x.betrace', text],
            ['/shared.betrace', 'export let charge = { name = "charge" }'],
            ['/names.betrace', 'export let charge = { name = "charge" }'],
          ]),
          undefined,
          { readList: () => ({ kind: 'text', text: 'DE' }) },
        ).files.get('/x.betrace')!.diagnostics,
    ),
  ];
  const errors = attempts.map((found) =>
    found.filter(({ severity }) => severity === 'error').map(({ message }) => message),
  );
  return errors.find((found) => found.length === 0) ?? errors[0]!;
}
