/** Requests that bring a text of rules. */

import { resolve } from 'node:path';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { HttpError } from '../http/http-error.js';
import type { RuleStore } from '../rules/rule-store.js';
import { readText } from '../rules/text-rules.js';

/** Longer than any file that people write, and read within a fraction of a second. */
const MOST_CHARACTERS = 262_144;

export interface TextBody {
  readonly text: string;
  readonly path?: string;
}

export const TEXT_FIELDS = {
  text: { description: 'BeTraceDSL.', type: 'string', maxLength: MOST_CHARACTERS },
  path: {
    description:
      'What the text is called in diagnostics, and where `use` starts from. Nothing is read from there.',
    type: 'string',
    minLength: 1,
    maxLength: 1000,
  },
} as const;

export function pathOfText({ path = 'request.betrace' }: TextBody): string {
  return resolve(path.replaceAll('\0', ''));
}

/** The rules of a text without errors; throws `HttpError` for another, and for one without rules. */
export function soundRules(store: RuleStore, body: TextBody): readonly ResolvedRule[] {
  const { workspace, rules, path } = readText(store, body.text, pathOfText(body));
  const wrong = workspace.files.get(path)?.diagnostics.find(({ severity }) => severity === 'error');
  if (wrong !== undefined)
    throw new HttpError(422, `the text has errors: ${wrong.message}`, { code: wrong.code });
  if (rules.length === 0) throw new HttpError(422, 'the text has no rule', { code: 'BT5021' });
  return rules;
}
