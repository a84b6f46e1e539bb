/** Rules: those in force, and new ones from the first draft to what they would have found. */
import { readFile } from 'node:fs/promises';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import type { RuleInForceJson, RulesJson } from '../../../engine/answers/rule.js';
import { RULE_LISTS } from '../../../engine/language/words/rule-kinds.js';
import type { Operation } from '../../api/operation.js';
import { startReplay } from '../../api/start-replay.js';
import { TEXT_FIELDS } from '../../api/text-body.js';
import type { ServiceContext } from '../../context/service-context.js';
import { HttpError } from '../../http/http-error.js';
import type { ReplayJob } from '../../replays/replay-job.js';
import {
  defineTool,
  input,
  RANGE,
  type RangeArgs,
  type Tool,
  type ToolAnswer,
  type ToolCall,
  toolFrom,
} from '../tool.js';

/** Of each rule. */
const USUAL_VIOLATIONS = 5;

const RULE = { type: 'string', minLength: 1, maxLength: 200, description: 'The id of a rule in force.' };
const TEXT = {
  ...TEXT_FIELDS.text,
  description: 'Rules in BeTraceDSL. How to write them: tool betrace-docs, section "Rules".',
};

interface ReplayArgs extends RangeArgs {
  readonly rules?: readonly string[];
  readonly text?: string;
  readonly limit: number;
  readonly why: boolean;
}

/** @param operation of the API, by its id */
export function ruleTools(context: ServiceContext, operation: (id: string) => Operation): readonly Tool[] {
  const most = context.config.replay.maxViolations;
  const ask = async (id: string, { call, request, response }: ToolCall<unknown>, given: object) =>
    await operation(id).handle({ call, params: given, body: given, request, response });
  return [
    defineTool<{ readonly rule?: string }>({
      name: 'betrace-rules',
      title: 'Rules in force',
      description:
        'The rules (invariants over traces) that the service runs: severity, owner, what they say, and what live judging and their last replay found. With `rule`: all about one, with its text. Files with mistakes are named.',
      input: input({ rule: RULE }),
      async run(asked) {
        const { rule } = asked.args;
        if (rule !== undefined) return (await ask('getRule', asked, { id: rule })) as ToolAnswer;
        const { rules, files, problem } = (await ask('listRules', asked, {})) as RulesJson;
        return {
          rulesInForce: rules.filter(({ settings }) => settings.enabled).length,
          rules: rules.map(shortRule),
          filesWithMistakes: files
            .filter(({ diagnostics }) => diagnostics.some(({ severity }) => severity === 'error'))
            .map(({ path, state, diagnostics }) => ({ path, state, diagnostics })),
          problem,
        };
      },
    }),
    toolFrom(operation('listViolations'), {
      name: 'betrace-violations',
      title: 'Violations of a rule',
      description:
        'What one rule in force found in a range: how many cases kept it, violated it, or could not be judged; since when (change points of its rate); its violations with the spans that are evidence. For many rules, or a long range, use betrace-replay.',
      args: { rule: RULE, limit: { default: Math.min(USUAL_VIOLATIONS, most) } },
      shape: (answer) => withoutHistograms(answer as unknown as ReplayJson),
    }),
    toolFrom(operation('checkText'), {
      name: 'betrace-check',
      title: 'Check rules',
      description:
        'Finds mistakes in a text of rules and says how to mend each. Always check a rule before you show it to anybody or replay it.',
      args: { text: TEXT },
      without: ['path'],
    }),
    defineTool<ReplayArgs>({
      name: 'betrace-replay',
      title: 'Replay rules',
      description:
        'Runs rules over stored traces and answers when it is done: counts for each rule, since when it is violated, violations with their evidence, and (with `why`) what is different about the traces that violate it. Of rules in force by their ids, or of a new text: what a rule would have found. Counts are complete whatever is listed.',
      bound: 'replay.timeout',
      input: input({
        rules: {
          type: 'array',
          minItems: 1,
          maxItems: 1000,
          items: { type: 'string', maxLength: 200 },
          description: 'Ids of rules; all enabled ones by default.',
        },
        text: { ...TEXT, description: `${TEXT.description} They are run instead of those in force.` },
        ...RANGE,
        limit: {
          type: 'integer',
          minimum: 0,
          maximum: most,
          default: Math.min(USUAL_VIOLATIONS, most),
          description: 'Violations listed of each rule.',
        },
        why: {
          type: 'boolean',
          default: false,
          description:
            'Whether to find what the traces that violate a rule have in common, such as a version. It takes once to some times the time again.',
        },
      }),
      async run({ call, args, progress }) {
        const { start, end, ...rest } = args;
        const job = startReplay(context, call.tenant, {
          ...rest,
          ...(start !== undefined && { from: start }),
          ...(end !== undefined && { to: end }),
        });
        await finished(job, call.signal, () => progress(job.progress.fraction, job.progress.stage));
        if (job.status !== 'succeeded') throw new HttpError(422, `the replay ${job.status}: ${job.error}`);
        return withoutHistograms(JSON.parse(await readFile(job.resultPath, 'utf8')) as ReplayJson);
      },
    }),
    defineTool<{ readonly rule?: string; readonly text?: string }>({
      name: 'betrace-explain',
      title: 'Explain rules',
      description:
        'What a rule becomes when it runs: its class (when a verdict on a growing trace is final), the columns it reads, the SQL. Of a rule in force, or of a text.',
      input: {
        ...input({ rule: RULE, text: TEXT }),
        oneOf: [{ required: ['rule'] }, { required: ['text'] }],
      },
      async run(asked) {
        const { rule, text } = asked.args;
        const explained =
          text === undefined
            ? [await ask('explainRule', asked, { id: rule })]
            : await ask('explainText', asked, { text });
        return { rules: explained };
      },
    }),
    toolFrom(operation('discoverRules'), {
      name: 'betrace-discover',
      title: 'Propose rules',
      description:
        'Proposes rules that nobody has written: what stored traces nearly always keep, each by itself and across traces by a key or links, with how often they are broken and since when, as rules with tests. With `since`: only what is broken more often since then. It takes a few times as long as a replay.',
      bound: 'replay.timeout',
      args: { limit: { default: 20 } },
      // All of `rules` again.
      shape: ({ file: _, ...rest }) => rest,
    }),
  ];
}

/** A count for each of a hundred intervals says no more to a model than `since` does. */
function withoutHistograms(result: ReplayJson): ToolAnswer {
  const without = <R extends { readonly histogram: unknown }>({ histogram: _, ...rule }: R) => rule;
  const lists = Object.values(RULE_LISTS).map((list) => [list, result[list].map(without)]);
  return { ...result, ...Object.fromEntries(lists) };
}

function shortRule({
  id,
  settings,
  class: { kind },
  path,
  line,
  stale,
  lastReplay,
  live,
}: RuleInForceJson): ToolAnswer {
  const { severity, summary, owner, controls, enabled } = settings;
  return {
    id,
    severity,
    summary,
    owner,
    ...(controls.length > 0 && { controls }),
    enabled,
    class: kind,
    file: path === null ? null : `${path}:${line}`,
    ...(stale && { stale: 'its file has mistakes: this is the version before' }),
    lastReplay: lastReplay && {
      from: lastReplay.from,
      to: lastReplay.to,
      applicable: lastReplay.applicable,
      violated: lastReplay.violated,
      cannotTell: lastReplay.cannotTell,
    },
    live: live && { applicable: live.applicable, violated: live.violated, stopped: live.stopped },
  };
}

/** Resolves when the replay is over; cancels it, and rejects with the reason, when the signal aborts. */
async function finished(job: ReplayJob, signal: AbortSignal, onProgress: () => void): Promise<void> {
  const aborted = (): void => job.cancel(signal.reason as Error);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    await new Promise<void>((resolve) => {
      const stop = job.onChange(() => {
        onProgress();
        if (!job.over) return;
        stop();
        resolve();
      });
      if (signal.aborted) aborted();
    });
  } finally {
    signal.removeEventListener('abort', aborted);
  }
  signal.throwIfAborted();
}
