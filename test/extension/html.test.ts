import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplayResult } from '../../extension/service/answers.js';
import { judgedRules } from '../../extension/service/judged.js';
import { type OtlpTrace, spansOf } from '../../extension/service/trace.js';
import { escapeHtml, html } from '../../extension/views/html.js';
import { page } from '../../extension/views/page.js';
import { metricsHtml, searchHtml } from '../../extension/views/query-html.js';
import { resultsHtml } from '../../extension/views/results-html.js';
import { detailsHtml, waterfallHtml } from '../../extension/views/waterfall-html.js';

const HOSTILE = `"><img src=x onerror=alert(1)></td><script>alert('\u202e2')</script>&amp; \`\0`;

/** What a browser would take for tags. */
function tagsOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/<\/?([a-zA-Z!][^\s/>]*)/g)].map(([, name]) => name ?? ''));
}

function result(text: string): ReplayResult {
  const common = {
    id: text,
    severity: text,
    summary: text,
    applicable: 2,
    passed: 1,
    violated: 1,
    violationsLeftOut: 3,
  };
  const time = '2026-01-01T00:00:00.000000000Z';
  return {
    range: { from: time, to: time },
    partial: true,
    traces: 1,
    spans: 1,
    bucketSeconds: 60,
    blocks: { read: 1, unread: [{ reason: text }] },
    rules: [
      {
        ...common,
        cannotTell: 1,
        missing: { [text]: 2 },
        first: time,
        problem: null,
        histogram: [{ start: time, applicable: 2, violated: 1, cannotTell: 0 }],
        violations: [
          {
            id: text,
            traceId: text,
            time: text,
            clause: text,
            clauseText: text,
            rootService: text,
            evidence: [text, null].map((bound) => ({
              bound,
              spanId: 's1',
              name: text,
              service: text,
              start: time,
              durationNs: 1,
              values: { [text]: text },
            })),
            values: { [text]: text },
          },
        ],
      },
    ],
    overRules: [
      {
        ...common,
        first: null,
        problem: null,
        histogram: [],
        violations: [
          {
            id: text,
            window: { from: text, to: text },
            labels: [{ name: text, value: text }],
            clause: text,
            clauseText: text,
            value: text,
            traces: [text],
          },
        ],
      },
    ],
  };
}

function trace(text: string): OtlpTrace {
  const attributes = [{ key: text, value: { stringValue: text } }];
  return {
    partial: true,
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: text } }, ...attributes] },
        scopeSpans: [
          {
            scope: { name: text, version: text },
            spans: [
              {
                spanId: 's1',
                parentSpanId: text,
                name: text,
                kind: 99,
                attributes,
                startTimeUnixNano: '5',
                endTimeUnixNano: '3',
                events: [{ timeUnixNano: '1', name: text, attributes }],
                links: [{ traceId: text, spanId: text, attributes }],
                status: { code: 2, message: text },
              },
            ],
          },
        ],
      },
    ],
  };
}

function everyView(text: string): string {
  const replayed = result(text);
  const found = judgedRules(replayed)[0]?.violations[0];
  if (found === undefined) throw new Error('no violation');
  const spans = spansOf(trace(text));
  return [
    resultsHtml(replayed, {
      ended: text,
      changes: new Map([[text, { added: new Set([text]), gone: [found], isAtLeast: true }]]),
    }),
    waterfallHtml({ traceId: text, spans, partial: true, violation: { rule: text, found } }),
    ...spans.map(detailsHtml),
    searchHtml(
      text,
      {
        traces: [
          {
            traceID: text,
            rootServiceName: text,
            rootTraceName: text,
            spanSets: [{ matched: 1, spans: [{ spanID: text, name: text }] }],
          },
        ],
      },
      1,
    ),
    metricsHtml(text, {
      series: [
        { labels: [{ key: text, value: { stringValue: text } }], samples: [{ timestampMs: '1', value: 1 }] },
      ],
    }),
  ].join('\n');
}

describe('the pages', () => {
  it('give a green edge to a rule that passed in every case, and to no other', () => {
    const edges = (counts: object): readonly string[] => {
      const replayed = result('r');
      const [first] = replayed.rules;
      const rules = [{ ...first!, violations: [], violated: 0, cannotTell: 0, clauses: [], ...counts }];
      const page = String(resultsHtml({ ...replayed, rules, overRules: [] }));
      return [...page.matchAll(/class="card ([\w-]*)"/gu)].map(([, edge = '']) => edge);
    };
    expect(edges({ applicable: 3, passed: 3 })).toEqual(['is-kept']);
    expect(edges({ applicable: 0, passed: 0 })).toEqual(['is-unknown']);
    expect(edges({ applicable: 3, passed: 2, cannotTell: 1 })).toEqual(['is-unknown']);
    expect(edges({ applicable: 3, passed: 2, violated: 1 })).toEqual(['has-violations']);
  });

  it('show hostile texts as texts, wherever they stand', () => {
    expect(tagsOf(everyView(HOSTILE))).toEqual(tagsOf(everyView('calm')));
    expect(everyView(HOSTILE)).not.toMatch(/\son\w+="|\u202e|\0/);
  });

  it('keep their own shape whatever the texts are', () => {
    const quotes = (text: string): number => text.split('"').length;
    const [calmTags, calmQuotes] = [tagsOf(everyView('calm')), quotes(everyView('calm'))];
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ' ', '=', '`', '\n', '!') }),
        (text) => {
          const shown = everyView(`x${text}`);
          expect(tagsOf(shown)).toEqual(calmTags);
          // Values of `JSON.stringify` bring quotes of their own, all escaped.
          expect(quotes(shown)).toBe(calmQuotes);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('load and run nothing but what is ours', () => {
    const text = page(HOSTILE, html`<p>${HOSTILE}</p>`, {
      cspSource: 'vscode:',
      nonce: 'abc',
      styleUri: 's',
      scriptUri: 'v',
    });
    expect(text).toContain('default-src &#39;none&#39;; style-src vscode:; script-src &#39;nonce-abc&#39;');
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(everyView('calm')).not.toMatch(/\sstyle=|<script|javascript:/);
  });

  it('escape what is special in HTML and what would hide', () => {
    expect(escapeHtml(`<a b="c" d='e'>&\`\u202e`)).toBe(
      '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;&#96;\\u{202e}',
    );
  });
});

it('says of spans that a clause found what it compared on them', () => {
  const [found] = judgedRules(result('x'))[0]!.violations;
  const page = waterfallHtml({
    traceId: 'x',
    spans: spansOf(trace('x')),
    partial: false,
    violation: {
      rule: 'tenant-isolation',
      found: {
        ...found!,
        evidence: [
          { ...found!.evidence[1]!, name: 'inventory.reserve', values: { 'span.tenant.id': 'b' } },
          { ...found!.evidence[1]!, name: 'nothing.compared', values: {} },
        ],
      },
    },
  });
  expect(page.text).toContain(
    '<li><b>inventory.reserve</b> has <code>span.tenant.id</code> = &quot;b&quot;</li>',
  );
  expect(page.text).not.toContain('nothing.compared</b> has');
});
