import type { CompletionJson, QueryHelpJson } from '../../../engine/answers/language.js';
import type { TextRangeJson } from '../../../engine/answers/rule.js';
import { QUERY_PATH } from '../../../engine/language/check/queries/check-query.js';
import type { Range } from '../../../engine/language/tree/ast.js';
import { filterTextOf } from '../../../lsp/features/completion/entry.js';
import type { ServiceContext } from '../../context/service-context.js';
import { queryHelp, rulesHelp } from '../../questions/query-help.js';
import { countBySeverity, diagnosticJson, rangeJson } from '../../rules/diagnostics.js';
import { LineIndex } from '../../rules/position.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';
import { pathOfText, TEXT_FIELDS } from '../text-body.js';

/** Longer than any query, or rule with its tests, that people write, and read within a fraction of a second. */
const MOST_CHARACTERS = 16_384;
const MOST_DIAGNOSTICS = 100;
/** More than anybody looks through; what is typed next brings up others. */
const MOST_COMPLETIONS = 200;

type AskedText = { readonly offset?: number } & (
  | { readonly query: string }
  | { readonly rules: string; readonly path?: string }
);

export function languageOperations({ rules, catalogues }: ServiceContext): readonly Operation[] {
  return [
    defineOperation<Record<never, never>, AskedText>({
      id: 'helpWithQuery',
      method: 'post',
      path: '/language',
      tag: 'schema',
      summary:
        'What the language server knows of a query, or of a text of rules: mistakes, completions and hover',
      description:
        'Nothing is kept of it, and nothing of it is run. `use` finds the files of rules that the service has read.',
      parameters: [],
      body: {
        description: 'Either text, and a place in it.',
        required: true,
        schema: {
          type: 'object',
          oneOf: [{ required: ['query'], properties: { path: false } }, { required: ['rules'] }],
          additionalProperties: false,
          properties: {
            query: {
              description: 'TraceQL, `violations of RULE`, or the clauses of a rule.',
              type: 'string',
              maxLength: MOST_CHARACTERS,
            },
            rules: { ...TEXT_FIELDS.text, maxLength: MOST_CHARACTERS },
            path: TEXT_FIELDS.path,
            offset: {
              description: 'In UTF-16 code units, from 0; without it there are no completions and no hover.',
              type: 'integer',
              minimum: 0,
              maximum: MOST_CHARACTERS,
            },
          },
        },
      },
      responses: { 200: json(ref('QueryHelp'), 'What is known.') },
      async handle({ call, body }): Promise<QueryHelpJson> {
        const { catalogue } = await catalogues.of(call.tenant, call.signal);
        const text = 'rules' in body ? body.rules : body.query;
        const place = body.offset === undefined ? undefined : Math.min(body.offset, text.length);
        const path = 'rules' in body ? pathOfText({ ...body, text }) : QUERY_PATH;
        const help =
          'rules' in body
            ? rulesHelp(text, path, place, rules, catalogue)
            : queryHelp(text, place, rules.state.newest, catalogue);
        const file = { path, text };
        const lines = new LineIndex(text);
        const placed = (range: Range): TextRangeJson => rangeJson(lines, range);
        return {
          kind: help.kind ?? null,
          diagnostics: help.diagnostics
            .slice(0, MOST_DIAGNOSTICS)
            .map((diagnostic) => diagnosticJson(file, diagnostic, rules.state.newest.files)),
          found: countBySeverity(help.diagnostics),
          completions: help.completions.slice(0, MOST_COMPLETIONS).map(
            (entry): CompletionJson => ({
              label: entry.label,
              kind: entry.kind,
              detail: entry.detail ?? null,
              markdown: entry.documentation ?? null,
              insert: entry.insert ?? entry.label,
              snippet: entry.snippet === true,
              filter: filterTextOf(entry, text),
              range: placed(entry.replace),
              again: entry.again === true,
            }),
          ),
          completionsFound: help.completions.length,
          hover:
            help.hover === undefined
              ? null
              : { range: placed(help.hover.range), markdown: help.hover.contents },
        };
      },
    }),
  ];
}
