/** Evidence as whoever assesses a control reads it: by control and period, day by day, and nothing in it that runs. */
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { byControl } from '../../../engine/evidence/controls.js';
import { newKey, signingKey } from '../../../engine/evidence/keys.js';
import { ruleRecord } from '../../../engine/evidence/record.js';
import { anchorHead } from '../../../server/cli/evidence/anchor.js';
import { evidenceHtml } from '../../../server/cli/evidence/html.js';
import { evidenceMarkdown } from '../../../server/cli/evidence/markdown.js';
import { CHROMIUM } from '../../support/chromium.js';
import { chainOf, ruleDay } from '../../support/evidence.js';
import { startReceiver } from '../live/receiver.js';
import { recorder } from './support.js';

const other = { ...ruleDay('2026-12-01').rule, id: 'other' };
const DAYS = [
  ruleDay('2026-11-29', { passed: 5 }),
  ruleDay('2026-11-30', { passed: 4, violated: 1, violations: ['a'.repeat(32)] }),
  ruleDay('2026-12-01', { looked: { blocks: 0, traces: 0, spans: 0 } }),
  ruleDay('2026-12-02', { looked: { blocks: 1, traces: 0, spans: 0 } }),
  ruleDay('2026-12-02', { rule: other, controls: [], vacuous: 3 }),
];
const RECORDS = DAYS.map(ruleRecord);

function exported() {
  const links = chainOf(RECORDS, signingKey(newKey()));
  return { tenant: 'shop', days: { first: '2026-11-29', last: '2026-12-03' }, links };
}

it('is summed up by control and period, each day once by what it came to, with what was looked at', () => {
  expect(byControl(RECORDS, 'month')).toEqual([
    {
      ...{
        control: 'SOC2:CC6.1',
        period: '2026-11',
        rules: ['r'],
        applicable: 10,
        violated: 1,
        undecided: 0,
      },
      ...{ traces: 20, spans: 200 },
      days: [
        { finding: 'violated', count: 1 },
        { finding: 'kept', count: 1 },
      ],
    },
    {
      ...{ control: 'SOC2:CC6.1', period: '2026-12', rules: ['r'], applicable: 0, violated: 0, undecided: 0 },
      ...{ traces: 0, spans: 0 },
      days: [
        { finding: 'no spans', count: 1 },
        { finding: 'no block', count: 1 },
      ],
    },
    {
      ...{
        control: 'no control',
        period: '2026-12',
        rules: ['other'],
        applicable: 3,
        violated: 0,
        undecided: 0,
      },
      ...{ traces: 10, spans: 100 },
      days: [{ finding: 'vacuous', count: 1 }],
    },
  ]);
  const [quarter] = byControl(RECORDS, 'quarter');
  expect(quarter).toMatchObject({ period: '2026 Q4', violated: 1, traces: 20 });
  expect(quarter!.days.reduce((sum, { count }) => sum + count, 0)).toBe(4);
});

it('as HTML has the text of rules, ids, the head of the chain, and nothing that a browser acts on', () => {
  const evidence = exported();
  const text = evidenceHtml(evidence, 'month');
  expect(text).toContain(evidence.links.at(-1)!.hash);
  expect(text).toContain('a'.repeat(32));
  expect(text).toContain(
    '1 day violated, 1 day kept, 1 day no spans, 1 day no block, 1 day without a record',
  );
  expect(text).toContain('rule r {');
  expect(text).toContain('default-src &#39;none&#39;; style-src &#39;sha256-');
  expect(text).toContain('&lt;script&gt;alert(1)');
  expect(text).not.toMatch(/<script|<img|\shref="https?:|\ssrc="|url\(|@import|\u202e/u);
  expect(evidenceMarkdown(evidence, 'quarter')).toContain(
    '| SOC2:CC6.1 | 2026 Q4 | r | 1 violated, 1 kept, 1 no spans, 1 no block | 20 | 200 | 10 | 1 | 0 |',
  );
});

it('has the cases that are undecided by the last part of each day, and what was decided', () => {
  const records = [
    ruleDay('2026-11-29', { passed: 5, undecided: 7 }),
    ruleDay('2026-11-29', { passed: 4, undecided: 3, part: 2 }),
    ruleDay('2026-11-30', { undecided: 2 }),
  ].map(ruleRecord);
  expect(byControl(records, 'month')).toMatchObject([{ applicable: 9, undecided: 5 }]);
  const links = chainOf(records, signingKey(newKey()));
  const evidence = { tenant: 'shop', days: { first: '2026-11-29', last: '2026-11-30' }, links };
  const markdown = evidenceMarkdown(evidence, 'month');
  expect(markdown).toContain('| 30 | 300 | 9 | 0 | 5 |');
  expect(markdown).toMatch(/\| 9 \| 9 \| 0 \| 0 \| 0 \| 5 \| \*\*/u);
  expect(evidenceHtml(evidence, 'month')).toMatch(
    /9 cases, 0 violated, 5 undecided|>9<\/td><td class="number">0<\/td><td class="number">5</u,
  );
});

it.skipIf(CHROMIUM === undefined)('is printed on A4, and nothing is wider than the paper', async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  // Between margins of 16 mm.
  const page = await browser.newPage({ viewport: { width: 672, height: 1000 } });
  await page.setContent(evidenceHtml(exported(), 'month'));
  await page.emulateMedia({ media: 'print' });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(672);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  const sizes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/gu)].map(([, ...size]) =>
    size.map(Number).map(Math.round),
  );
  expect(sizes.length).toBeGreaterThan(0);
  for (const size of sizes) expect(size).toEqual([595, 842]);
});

it('has a head that can be sent as a span, under the same ids however often', async () => {
  const receiver = await startReceiver();
  const evidence = exported();
  const head = evidence.links.at(-1)!;
  const terminal = recorder();
  for (let n = 0; n < 2; n++) expect(await anchorHead(evidence, new URL(receiver.url), terminal)).toBe(true);
  const [span, ...others] = receiver.spans.values();
  expect(others).toEqual([]);
  expect(span).toMatchObject({
    name: 'betrace.evidence',
    attributes: {
      'betrace.evidence.head': head.hash,
      'betrace.evidence.seq': 5n,
      'betrace.evidence.tenant': 'shop',
    },
  });
  expect(terminal.text.err).toContain(`head ${head.hash} of link 5 sent to 127.0.0.1`);
  expect(await anchorHead(evidence, new URL('http://127.0.0.1:9'), terminal)).toBe(false);
});
