import type { RuleDraftJson, RuleInForceJson, RulesJson } from '../../../engine/answers/rule.js';
import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import type { ServiceContext } from '../../context/service-context.js';
import { explainedJson, explainRule } from '../../explain/explain-rule.js';
import { HttpError } from '../../http/http-error.js';
import { diagnosticJson } from '../../rules/diagnostics.js';
import { draftOf } from '../../rules/draft.js';
import { displayPath } from '../../rules/read-rules.js';
import { defineOperation, json, type Operation, type Parameter, ref } from '../operation.js';
import { NOT_FOUND } from '../responses.js';
import { ruleJson } from '../rule-json.js';
import { moment } from '../times.js';

const ID: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of a rule.',
  schema: { type: 'string', maxLength: 200 },
};

export function ruleOperations({ rules, replays, liveRule }: ServiceContext): readonly Operation[] {
  const find = (id: string): ResolvedRule => {
    const found = rules.state.rules.find(({ item }) => item.id.text === id);
    if (found !== undefined) return found;
    throw new HttpError(404, `no rule in force is called ${JSON.stringify(id)}`);
  };
  const show = (rule: ResolvedRule, tenant: string): RuleInForceJson => {
    const { files, workspace } = rules.state;
    const stale = files.some(({ path, state }) => path === rule.path && state === 'stale');
    const last = replays.last.ofRule(tenant, rule);
    const live = liveRule(tenant, rule.item.id.text);
    return ruleJson(rule, { path: rule.path, stale, workspace }, last, live);
  };
  return [
    defineOperation({
      id: 'listRules',
      method: 'get',
      path: '/rules',
      tag: 'rules',
      summary: 'The rules in force, their files, and what is wrong with those',
      parameters: [],
      responses: { 200: json(ref('RuleList'), 'The rules.') },
      async handle({ call }): Promise<RulesJson> {
        const { state } = rules;
        return {
          rules: state.rules.map((rule) => show(rule, call.tenant)),
          files: state.files.map((file) => ({
            path: displayPath(file.path),
            state: file.state,
            diagnostics: file.diagnostics.map((diagnostic) =>
              diagnosticJson(file, diagnostic, state.newest.files),
            ),
          })),
          problem: state.problem ?? null,
          changed: moment(state.changedAt),
        };
      },
    }),
    defineOperation<{ id: string }>({
      id: 'getRule',
      method: 'get',
      path: '/rules/{id}',
      tag: 'rules',
      summary: 'One rule in force',
      parameters: [ID],
      responses: { 200: json(ref('Rule'), 'The rule.'), 404: NOT_FOUND },
      async handle({ call, params }) {
        return show(find(params.id), call.tenant);
      },
    }),
    defineOperation<{ id: string }>({
      id: 'draftRule',
      method: 'get',
      path: '/rules/{id}/draft',
      tag: 'rules',
      summary: 'A text to change a rule in, which uses what the rule needs of its file',
      description: 'To be sent with its path to `/language`, `/rules/check` and `/replays`.',
      parameters: [ID],
      responses: { 200: json(ref('RuleDraft'), 'The text.'), 404: NOT_FOUND },
      async handle({ params }): Promise<RuleDraftJson> {
        return draftOf(find(params.id), rules.state.workspace);
      },
    }),
    defineOperation<{ id: string }>({
      id: 'explainRule',
      method: 'get',
      path: '/rules/{id}/explain',
      tag: 'rules',
      summary: 'What a rule in force becomes: plan, columns and SQL',
      parameters: [ID],
      responses: {
        200: json(ref('RuleExplanation'), 'For attributes of any type.'),
        404: NOT_FOUND,
      },
      async handle({ params }) {
        return explainedJson(explainRule(find(params.id)));
      },
    }),
  ];
}
