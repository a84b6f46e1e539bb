import type { CommandEntry } from './args/command.js';

/** In the order of the help. `name` and `summary` are the command's own; a test holds them together. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'replay',
    summary: 'run rules over stored traces',
    load: async () => (await import('./replay.js')).replayCommand,
  },
  {
    name: 'merge',
    summary: 'put the shares of a replay together: the result of one run over everything',
    load: async () => (await import('./merge.js')).mergeCommand,
  },
  {
    name: 'query',
    summary: 'ask stored traces a question in TraceQL, or for violations',
    load: async () => (await import('./query.js')).queryCommand,
  },
  {
    name: 'discover',
    summary: 'propose rules that stored traces nearly always keep',
    load: async () => (await import('./discover.js')).discoverCommand,
  },
  {
    name: 'check',
    summary: 'find mistakes in rules',
    load: async () => (await import('./check.js')).checkCommand,
  },
  {
    name: 'test',
    summary: 'run the tests of rules',
    load: async () => (await import('./test.js')).testCommand,
  },
  {
    name: 'explain',
    summary: 'show what a rule becomes: plan, columns and SQL',
    load: async () => (await import('./explain.js')).explainCommand,
  },
  {
    name: 'fmt',
    summary: 'lay rules out in the one usual way',
    load: async () => (await import('./fmt.js')).fmtCommand,
  },
  {
    name: 'import',
    summary: 'turn rules of the older BeTrace into rules of this one',
    load: async () => (await import('./import.js')).importCommand,
  },
  {
    name: 'blocks',
    summary: 'list the blocks of a Tempo storage',
    load: async () => (await import('./blocks.js')).blocksCommand,
  },
  {
    name: 'schema',
    summary: 'list the attributes that stored spans carry',
    load: async () => (await import('./schema.js')).schemaCommand,
  },
  {
    name: 'serve',
    summary: 'answer questions over stored traces by HTTP',
    load: async () => (await import('./serve.js')).serveCommand,
  },
  {
    name: 'evidence',
    summary: 'export, verify or produce signed evidence of what rules found',
    load: async () => (await import('./evidence.js')).evidenceCommand,
  },
  {
    name: 'send',
    summary: 'send the traces that the tests of rules describe, by OTLP',
    load: async () => (await import('./send.js')).sendCommand,
  },
  {
    name: 'demo',
    summary: 'replay the example rules over the example blocks that come with betrace',
    load: async () => (await import('./demo.js')).demoCommand,
  },
  {
    name: 'completion',
    summary: 'print what a shell needs to complete commands, options and values',
    load: async () => (await import('./completion.js')).completionOf(COMMANDS),
  },
  {
    name: 'lsp',
    summary: 'serve an editor: diagnostics, completion, hover and more',
    load: async () => (await import('./lsp.js')).lspCommand,
  },
];
