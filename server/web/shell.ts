/** The page at `/` before its script has run. The script is `app/`, which `build.mjs` bundles. */
import { html } from './html.js';

/** Only what this service serves is loaded, and only this service is asked. */
export const SHELL_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

interface ShellFacts {
  /** Undefined without multitenancy. */
  readonly tenant: string | undefined;
  /** Those to choose from. */
  readonly tenants: readonly string[];
}

export function shell({ tenant, tenants }: ShellFacts): string {
  const plain = tenant === undefined ? '/plain' : `/plain?tenant=${encodeURIComponent(tenant)}`;
  const metas =
    tenant === undefined
      ? []
      : [
          html`<meta name="betrace-tenant" content="${tenant}">\n`,
          tenants.map((name) => html`<meta name="betrace-tenants" content="${name}">\n`),
        ];
  return `<!doctype html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${metas}<title>BeTrace</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/app/style.css">
<script type="module" src="/app/app.js"></script>
</head>
<body>
<div id="app"></div>
<noscript><p>This page needs scripts; <a href="${plain}">another one</a> does without.</p></noscript>
</body>
</html>
`.text
}`;
}
