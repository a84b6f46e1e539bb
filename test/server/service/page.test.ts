import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html } from '../../../server/web/html.js';
import { start, temporaryDirectory, until } from './support.js';

test('foreign text stays text, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('<script>', '"onload=', "'", '`', '&lt;', ']]>', '<!--'),
      ),
      (text) => {
        const shown = escapeHtml(text);
        expect(shown).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
        expect(shown).not.toMatch(/[\p{Cc}\u202e]/u);
        expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${shown}">${shown}</p>`);
      },
    ),
  );
});

test('HTML made of HTML is not escaped twice', () => {
  const rows = ['a', '<b>'].map((name) => html`<li>${name}</li>`);
  expect(html`<ul>${rows}${undefined}${1}</ul>`.text).toBe('<ul><li>a</li><li>&lt;b&gt;</li>1</ul>');
});

test('the page shows hostile rules and tenants as they are, without script', async () => {
  const folder = temporaryDirectory();
  const hostile = '</small><script>alert(1)</script><img src=x onerror=alert(1)>';
  writeFileSync(join(folder, 'a.betrace'), `rule a { summary = "${hostile}" never { name = "x" } }`);
  writeFileSync(join(folder, '<b>.betrace'), 'rule b { nev');
  const { get } = await start({ settings: { rules: [folder], multitenancy_enabled: true } });
  expect((await get(`/plain?tenant=${encodeURIComponent(hostile)}`)).status).toBe(400);
  const response = await get('/plain?tenant=a');
  const text = await response.text();
  expect(response.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]+';/,
  );
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(text).toContain('&lt;/small&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(text).toContain('&lt;b&gt;.betrace has errors');
  expect(text).not.toMatch(/<script|<img|<b>|javascript:/);
  // Nothing is loaded from anywhere.
  expect(text).not.toMatch(/<[^>]*\bsrc|@import|url\(/);
});

test('a disabled rule is shown as one, on the page and by the API', async () => {
  const folder = temporaryDirectory();
  const count = '{ } | rate() by (name) > 5';
  writeFileSync(
    join(folder, 'off.betrace'),
    `rule off { enabled = false never { name = "x" } } rule over-off { enabled = false over 1h never ${count} }`,
  );
  const { get } = await start({ settings: { rules: [folder] } });
  const page = await get('/plain');
  expect([page.status, (await page.text()).match(/>disabled</g)?.length]).toEqual([200, 2]);
  const response = await get('/betrace/v1/rules');
  expect(await response.json()).toMatchObject({
    rules: [
      { id: 'off', settings: { enabled: false }, live: null },
      { id: 'over-off', settings: { enabled: false }, live: null },
    ],
  });
});

test('the page has the reasons for what is not green in a row of their own, and next to a pass what nothing matched', async () => {
  const folder = temporaryDirectory();
  const order = 'when { name = "checkout.place_order" } as o';
  writeFileSync(
    join(folder, 'a.betrace'),
    `rule passes { ${order} never { name = "misspelt" } }
     rule vacuous { ${order} never { span.no.such.attribute = "x" } }
     rule unsure { ${order} always o.span.no.such <= 1 }`,
  );
  const { get } = await start({ settings: { rules: [folder] } });
  const headers = { 'content-type': 'application/json' };
  await get('/betrace/v1/replays', { method: 'POST', headers, body: '{}' });
  await until(async () => (await (await get('/plain')).text()).includes('just now'), 'the replay is over');
  const text = await (await get('/plain')).text();
  for (const reason of [
    'nothing matched { name = &quot;misspelt&quot; }',
    'never#1 could not have failed: no span has span.no.such.attribute',
    'cannot tell for want of o.span.no.such',
  ])
    expect(text).toMatch(
      new RegExp(`<tr class="notes"><td colspan="\\d"><ul>[^\\n]*<b>Last replay:</b> ${escaped(reason)}`),
    );
  // Figures do not break, so that what is next to them has to be short.
  for (const [, cell] of text.matchAll(/<td class="number[^"]*">(.*?)<\/td>/g))
    for (const line of cell!.split(/<[^>]*>/)) expect(line.length).toBeLessThan(24);
  const { lastReplay } = (await (await get('/betrace/v1/rules/passes')).json()) as { lastReplay: object };
  expect(lastReplay).toMatchObject({ unmatched: ['{ name = "misspelt" }'], vacuousClauses: [] });
});

function escaped(text: string): string {
  return text.replace(/[{}.]/g, '\\$&');
}
