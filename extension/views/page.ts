import type { ViewData } from './view-data.js';

export interface PageAssets {
  /** What webviews may load from; see `Webview.cspSource`. */
  readonly cspSource: string;
  readonly nonce: string;
  readonly styleUri: string;
  readonly scriptUri: string;
}

/** A whole page with what it shows. Nothing but our own style sheet and our own script is ever loaded or run. */
export function page(
  title: string,
  data: ViewData,
  { cspSource, nonce, styleUri, scriptUri }: PageAssets,
): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<main></main>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script type="module" nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>`;
}

/** JSON that cannot end the element that it is in, nor begin another. */
function scriptJson(data: ViewData): string {
  return JSON.stringify(data).replace(
    /[<>&]/gu,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}
