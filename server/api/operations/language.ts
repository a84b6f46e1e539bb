import type { CompletionJson, QueryHelpJson } from '../../../engine/answers/language.js';
import type { TextRangeJson } from '../../../engine/answers/rule.js';
import { QUERY_PATH } from '../../../engine/language/check/queries/check-query.js';
import type { Range } from '../../../engine/language/tree/ast.js';
import { filterTextOf } from '../../../lsp/features/completion/entry.js';
import type { ServiceContext } from '../../context/service-context.js';
import { queryHelp } from '../../questions/query-help.js';
import { countBySeverity, diagnosticJson, rangeJson } from '../../rules/diagnostics.js';
import { LineIndex } from '../../rules/position.js';
import { defineOperation, json, type Operation, ref } from '../operation.js';

/** Longer than any query that people write, and read within a fraction of a second. */
const MOST_CHARACTERS = 16_384;
const MOST_DIAGNOSTICS = 100;
/** More than anybody looks through; what is typed next brings up others. */
const MOST_COMPLETIONS = 200;

interface QueryPlace {
  readonly query: string;
  readonly offset?: number;
}

export function languageOperations({ rules, catalogues }: ServiceContext): readonly Operation[] {
  return [
    defineOperation<Record<never, never>, QueryPlace>({
      id: 'helpWithQuery',
      method: 'post',
      path: '/language',
      tag: 'schema',
      summary: 'What the language server knows of a query: its kind, mistakes, completions and hover',
      description: 'Nothing is kept of it, and nothing of the query is run.',
      parameters: [],
      body: {
        description: 'The text of a query, and a place in it.',
        required: true,
        schema: {
          type: 'object',
          required: ['query'],
          additionalProperties: false,
          properties: {
            query: {
              description: 'TraceQL, `violations of RULE`, or the clauses of a rule.',
              type: 'string',
              maxLength: MOST_CHARACTERS,
            },
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
      async handle({ call, body: { query, offset } }): Promise<QueryHelpJson> {
        const { catalogue } = await catalogues.of(call.tenant, call.signal);
        const place = offset === undefined ? undefined : Math.min(offset, query.length);
        const help = queryHelp(query, place, rules.state.newest, catalogue);
        const file = { path: QUERY_PATH, text: query };
        const lines = new LineIndex(query);
        const placed = (range: Range): TextRangeJson => rangeJson(lines, range);
        return {
          kind: help.kind ?? null,
          diagnostics: help.diagnostics
            .slice(0, MOST_DIAGNOSTICS)
            .map((diagnostic) => diagnosticJson(file, diagnostic, new Map())),
          found: countBySeverity(help.diagnostics),
          completions: help.completions.slice(0, MOST_COMPLETIONS).map(
            (entry): CompletionJson => ({
              label: entry.label,
              kind: entry.kind,
              detail: entry.detail ?? null,
              markdown: entry.documentation ?? null,
              insert: entry.insert ?? entry.label,
              snippet: entry.snippet === true,
              filter: filterTextOf(entry, query),
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
