import { randomBytes } from 'node:crypto';
import type { ResolvedTest } from '../../engine/language/link/resolved.js';
import type { TestItem } from '../../engine/language/tree/ast.js';
import { protobufOf } from '../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../engine/otlp/model.js';
import { expectationText } from '../../engine/testing/expectation.js';
import { testTraces } from '../../engine/testing/test-trace.js';
import { grpcSender } from '../export/grpc.js';
import { httpSender } from '../export/http.js';
import { loadSoundRules } from '../rules/runnable-rules.js';
import { glyphsFor } from '../shared/glyphs.js';
import { plural } from '../shared/numbers.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { parseUrl } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import { defineCommand } from './args/command.js';
import { RULES_TEXT } from './args/rules-text.js';
import { most } from './replay/extremes.js';
import { readTestTraces } from './test/read-traces.js';

const HERE = 'http://127.0.0.1:4318/v1/traces';
const TIMEOUT_MS = 10_000;

interface Sample {
  readonly test: TestItem;
  readonly traces: readonly Trace[];
}

export const sendCommand = defineCommand({
  name: 'send',
  summary: 'send the traces that the tests of rules describe, by OTLP',
  usage: 'RULES… [options]',
  positionals: RULES_TEXT,
  options: {
    to: {
      type: 'string',
      value: 'URL',
      help: `where to: ${HERE} by default; by gRPC where it has no path`,
    },
    filter: { type: 'string', value: 'TEXT', help: 'only tests with this in their title or rule' },
    tenant: { type: 'string', value: 'TENANT', help: 'sent along as X-Scope-OrgID' },
  },
  examples: [
    { command: 'betrace send rules', what: 'does what watches production find what the tests say?' },
    {
      command: 'betrace send rules --filter double-charge --to http://collector:4317',
      what: 'one rule, by gRPC',
    },
  ],
  notes: [
    'The traces end now and have new ids each time. Tests of rules `over` a duration are left out.',
    'Exit code: 0, 2 for wrong usage or errors in rules, 3 if nobody took the traces.',
  ],
  async run(options, patterns, terminal) {
    const url = parseUrl('--to', options.to ?? HERE);
    const loaded = await loadSoundRules(patterns, terminal);
    if (loaded === undefined) return 2;
    const { filter } = options;
    const tests = loaded.tests.filter(
      ({ item, rule }) =>
        rule?.kind !== 'window' &&
        // What is sent is of now, and these are of another time.
        item.at === undefined &&
        (filter === undefined || item.title.value.includes(filter) || item.rule.text.includes(filter)),
    );
    if (tests.length === 0) throw new UsageError('no test of these rules describes a trace to send.');
    const samples = await Promise.all(tests.map(sampleOf));
    const problem = await send(url, samples, options.tenant);
    if (problem !== undefined) {
      terminal.err(`betrace send: ${printable(url.host)} did not take the traces: ${printable(problem)}\n`);
      return 3;
    }
    terminal.out(report(samples, url, terminal));
    return 0;
  },
});

async function sampleOf(test: ResolvedTest): Promise<Sample> {
  const { item } = test;
  const traces = item.from === undefined ? testTraces(item) : await readTestTraces(test, item.from.value);
  if ('problem' in traces) throw new UsageError(`"${item.title.value}": ${traces.problem}.`);
  return { test: item, traces: asOfNow(traces) };
}

/** As if the last of their spans had just ended, with ids that no trace had before, to which their links lead. */
function asOfNow(traces: readonly Trace[]): readonly Trace[] {
  const ends = traces.flatMap(({ spans }) => spans.map(({ start, duration }) => start + duration));
  const later = BigInt(Date.now()) * 1_000_000n - ends.reduce(most, 0n);
  const ids = new Map(traces.map(({ traceId }) => [traceId, randomBytes(16).toString('hex')]));
  const idOf = (traceId: string): string => ids.get(traceId) ?? traceId;
  return traces.map(({ traceId, spans }) => ({
    traceId: idOf(traceId),
    spans: spans.map((span) => ({
      ...span,
      start: span.start + later,
      links: span.links.map((link) => ({ ...link, traceId: idOf(link.traceId) })),
    })),
  }));
}

/** Why the traces were not taken; undefined if they were. */
async function send(
  url: URL,
  samples: readonly Sample[],
  tenant: string | undefined,
): Promise<string | undefined> {
  const options = {
    endpoint: url.href,
    headers: {},
    tenantHeader: tenant !== undefined,
    timeoutMs: TIMEOUT_MS,
  };
  const sender = url.pathname === '/' ? grpcSender(options) : httpSender(options);
  try {
    const outcome = await sender.send(tenant ?? '', protobufOf(samples.flatMap(({ traces }) => traces)));
    if (outcome.kind !== 'sent') return outcome.message;
    return outcome.rejected > 0 ? `${plural(outcome.rejected, 'span')} refused` : undefined;
  } finally {
    sender.close();
  }
}

function report(samples: readonly Sample[], { host }: URL, { outStyle: style, unicode }: Terminal): string {
  const { violated } = glyphsFor(unicode);
  const breaking = samples.filter(({ test }) => test.expect.verdict === 'violation');
  const count = samples.reduce((sum, { traces }) => sum + traces.length, 0);
  const lines = breaking.flatMap(({ test, traces }) =>
    traces.map(
      ({ traceId }) =>
        `  ${style.red(violated)} ${printable(test.rule.text)}: ${printable(test.title.value)}\n    ${style.dim(`${expectationText(test.expect)}, trace ${traceId}`)}\n`,
    ),
  );
  return `${plural(count, 'trace')} sent to ${printable(host)}, ${lines.length} of which break their rule${lines.length === 0 ? '' : ':'}\n${lines.join('')}`;
}
