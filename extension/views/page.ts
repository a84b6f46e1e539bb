import { type Html, html } from './html.js';

export interface PageAssets {
  /** What webviews may load from; see `Webview.cspSource`. */
  readonly cspSource: string;
  readonly nonce: string;
  readonly styleUri: string;
  readonly scriptUri: string;
}

/** A whole page. Nothing but our own style sheet and our own script is ever loaded or run. */
export function page(
  title: string,
  body: Html,
  { cspSource, nonce, styleUri, scriptUri }: PageAssets,
): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${styleUri}">
<title>${title}</title>
</head>
<body>
<main>${body}</main>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>`.text;
}
