/** A page that is one file: nothing runs in it, and nothing is loaded. */
import { createHash } from 'node:crypto';
import { type Html, html } from './html.js';

export interface StandaloneDocument {
  readonly title: string;
  readonly style: string;
  /** Between the body's tags. */
  readonly body: Html;
}

/** What a browser keeps the file to, wherever it is opened from: its own style, and nothing else. */
export function standalonePolicy(style: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

export function standaloneDocument({ title, style, body }: StandaloneDocument): string {
  const policy = html`<meta http-equiv="Content-Security-Policy" content="${standalonePolicy(style)}">`.text;
  const head = html`<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="generator" content="BeTrace">\n<title>${title}</title>`;
  return `<!doctype html>\n<html lang="en">\n<head>\n${policy}\n${head.text}\n<style>${style}</style>\n</head>\n<body>\n${body.text}\n</body>\n</html>\n`;
}
