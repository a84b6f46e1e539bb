/** What each method of the protocol answers. There are no sessions: a request has all that its answer needs. */
import { valueValidator } from '../api/validate-request.js';
import type { Config } from '../config/schema.js';
import type { ServiceContext } from '../context/service-context.js';
import { HttpError, Overdue } from '../http/http-error.js';
import type { TempoContext } from '../tempo/context.js';
import { boundedJson } from './bounded.js';
import { readSections, type Section } from './docs.js';
import { ERRORS, isRecord, RpcError, type RpcRequest, VERSIONS } from './protocol.js';
import type { Tool, ToolCall } from './tool.js';
import { toolsOf } from './tools.js';

const INSTRUCTIONS = `BeTrace finds violations of rules (invariants) in stored OpenTelemetry traces. Start with betrace-rules for what is watched, betrace-violations for what broke and since when, get-trace for the evidence. To write a rule: get-attribute-names, betrace-docs, betrace-check, then betrace-replay to see what it would have found. An answer with "leftOut" lists less than there is; its counts are whole.`;

/** What is asked along with a request. */
export type Asked = Omit<ToolCall<unknown>, 'args'>;

export interface McpServer {
  /** The result of a method. Rejects with `RpcError` for a request that is wrong, with `HttpError` where none can be answered. */
  answer(request: RpcRequest, asked: Asked): Promise<unknown>;
}

interface KnownTool {
  readonly tool: Tool;
  /** Throws `HttpError`. */
  readonly check: (args: unknown) => unknown;
}

export function mcpServer(context: ServiceContext, tempo: TempoContext): McpServer {
  const { config, metrics, version } = context;
  const sections = readSections();
  const tools = new Map(
    toolsOf(context, tempo, sections).map((tool): [string, KnownTool] => [
      tool.name,
      { tool, check: valueValidator(tool.input, 'the arguments') },
    ]),
  );
  const methods: Readonly<Record<string, (request: RpcRequest, asked: Asked) => unknown>> = {
    initialize: ({ params: { protocolVersion } }) => ({
      protocolVersion: VERSIONS.find((known) => known === protocolVersion) ?? VERSIONS[0],
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: 'betrace', title: 'BeTrace', version },
      instructions: INSTRUCTIONS,
    }),
    ping: () => ({}),
    'tools/list': () => ({ tools: [...tools.values()].map(({ tool }) => listed(tool)) }),
    'tools/call': async ({ params }, asked) => {
      const known = tools.get(String(params.name));
      if (known === undefined)
        throw new RpcError(ERRORS.invalidParams, `there is no tool ${JSON.stringify(params.name)}`);
      let outcome = 'failed';
      try {
        const result = await called(known, params.arguments ?? {}, asked, config);
        outcome = result.isError ? 'refused' : 'answered';
        return result;
      } finally {
        metrics.toolCalls.inc({ tool: known.tool.name, outcome });
      }
    },
    'resources/list': () => ({ resources: sections.map(resourceOf) }),
    'resources/templates/list': () => ({ resourceTemplates: [] }),
    'resources/read': ({ params: { uri } }) => {
      const section = sections.find((known) => resourceOf(known).uri === uri);
      if (section === undefined)
        throw new RpcError(ERRORS.resourceNotFound, `there is no resource ${JSON.stringify(uri)}`);
      return { contents: [{ uri, mimeType: 'text/markdown', text: section.text }] };
    },
  };
  return {
    answer: async (request, asked) => {
      const { method } = request;
      const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (answer === undefined)
        throw new RpcError(
          ERRORS.methodNotFound,
          `there is no method ${JSON.stringify(method.slice(0, 60))}`,
        );
      return await answer(request, asked);
    },
  };
}

interface ToolResult {
  readonly content: readonly { readonly type: 'text'; readonly text: string }[];
  readonly isError?: true;
}

/** What the agent can change is an answer as well: it reads what was wrong and asks again. */
async function called(
  { tool, check }: KnownTool,
  args: unknown,
  asked: Asked,
  config: Config,
): Promise<ToolResult> {
  const timeUp = new AbortController();
  const ms = tool.bound === undefined ? config.query.timeout : config.replay.timeout;
  const timer = setTimeout(() => timeUp.abort(new Overdue(`the call of ${tool.name}`)), ms);
  const signal = AbortSignal.any([asked.call.signal, timeUp.signal]);
  try {
    if (!isRecord(args)) throw new HttpError(400, 'the arguments must be an object');
    const answer = await tool.run({ ...asked, args: check(args), call: { ...asked.call, signal } });
    return { content: [{ type: 'text', text: boundedJson(answer, config.mcp.maxAnswer) }] };
  } catch (error) {
    if (!(error instanceof HttpError) || asked.call.signal.aborted) throw error;
    const code = error.code === undefined || error.message.includes(error.code) ? '' : ` (${error.code})`;
    return { content: [{ type: 'text', text: `${error.message}${code}` }], isError: true };
  } finally {
    clearTimeout(timer);
  }
}

function listed({ name, title, description, input }: Tool): unknown {
  return {
    name,
    title,
    description,
    inputSchema: input,
    annotations: {
      title,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  };
}

function resourceOf({ id, title }: Section): { readonly uri: string } & Readonly<Record<string, string>> {
  return { uri: `docs://betrace/${id}`, name: id, title: `BeTraceDSL: ${title}`, mimeType: 'text/markdown' };
}
