import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html } from '../../../server/web/html.js';
import { start, temporaryDirectory } from './support.js';

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
  expect((await get(`/?tenant=${encodeURIComponent(hostile)}`)).status).toBe(400);
  const response = await get('/?tenant=a');
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
