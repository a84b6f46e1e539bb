/** The protocol's own client, connected to a service over a real socket. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export interface Agent {
  readonly client: Client;
  /** The answer of a tool, read as JSON. Throws the text of one that is an error. */
  call(tool: string, args?: Record<string, unknown>): Promise<Answer>;
  /** The text of an answer that is an error. */
  refused(tool: string, args?: Record<string, unknown>): Promise<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: what is in it is what tests are about.
export type Answer = any;

export async function connect(url: string, headers: Record<string, string> = {}): Promise<Agent> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/api/mcp`), {
    requestInit: { headers },
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  const ask = async (name: string, args: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: args });
    const [content] = result.content as readonly { readonly type: string; readonly text: string }[];
    return { text: content?.text ?? '', isError: result.isError === true };
  };
  return {
    client,
    call: async (tool, args) => {
      const { text, isError } = await ask(tool, args);
      if (isError) throw new Error(text);
      return JSON.parse(text);
    },
    refused: async (tool, args) => {
      const { text, isError } = await ask(tool, args);
      if (!isError) throw new Error(`it was answered: ${text}`);
      return text;
    },
  };
}
