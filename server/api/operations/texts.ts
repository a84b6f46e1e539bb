import { triedDiagnostics } from '../../../engine/language/link/tried-diagnostics.js';
import type { ServiceContext } from '../../context/service-context.js';
import { explainedJson, explainRule } from '../../explain/explain-rule.js';
import { countBySeverity, diagnosticJson, FIXES_ROOM } from '../../rules/diagnostics.js';
import { readText } from '../../rules/text-rules.js';
import { defineOperation, type JsonSchema, json, type Operation, ref } from '../operation.js';
import { UNSOUND } from '../responses.js';
import { ruleJson } from '../rule-json.js';
import { pathOfText, soundRules, TEXT_FIELDS, type TextBody } from '../text-body.js';

const BODY: JsonSchema = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: TEXT_FIELDS,
};

/** More than anybody reads of one text; a text that repeats a mistake would otherwise have an answer many times its size. */
const MOST_DIAGNOSTICS = 1000;

export function textOperations({ rules }: ServiceContext): readonly Operation[] {
  return [
    defineOperation<Record<never, never>, TextBody>({
      id: 'checkText',
      method: 'post',
      path: '/rules/check',
      tag: 'rules',
      summary: 'Find mistakes in a text of rules',
      description: '`use` finds the files of rules that the service has read.',
      parameters: [],
      body: { description: 'The text.', required: true, schema: BODY },
      responses: { 200: json(ref('CheckResult'), 'What is wrong with it, and its sound rules.') },
      async handle({ body }) {
        const read = readText(rules, body.text, pathOfText(body));
        const file = read.workspace.files.get(read.path)!;
        const listed = triedDiagnostics(read.workspace, read.path, FIXES_ROOM).slice(0, MOST_DIAGNOSTICS);
        return {
          diagnostics: listed.map((diagnostic) => diagnosticJson(file, diagnostic, read.workspace.files)),
          found: countBySeverity(file.diagnostics),
          rules: read.rules.map((rule) =>
            ruleJson(rule, { stale: false, workspace: read.workspace }, undefined, undefined),
          ),
        };
      },
    }),
    defineOperation<Record<never, never>, TextBody & { rule?: string }>({
      id: 'explainText',
      method: 'post',
      path: '/rules/explain',
      tag: 'rules',
      summary: 'What the rules of a text become: plan, columns and SQL',
      parameters: [],
      body: { description: 'The text.', required: true, schema: BODY },
      responses: {
        200: json(
          { type: 'array', items: ref('RuleExplanation') },
          'One for each rule of the text; those over many traces last.',
        ),
        422: UNSOUND,
      },
      async handle({ body }) {
        return soundRules(rules, body).map((rule) => explainedJson(explainRule(rule)));
      },
    }),
  ];
}
