/** The pages inside a page of somebody else's, whose styles do not reach them, nor theirs it. */
import { render } from 'preact';
import { askAt } from './api.js';
import { App } from './app.js';

interface Embedding {
  /** Where the service is asked: an address without a slash at its end. */
  readonly address: string;
  readonly style: string;
  readonly scheme: 'light' | 'dark';
}

/** Returns how to take them away again. A page embeds them once at a time. */
export function embed(host: HTMLElement, { address, style, scheme }: Embedding): () => void {
  askAt(address);
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const sheet = document.createElement('style');
  sheet.textContent = style;
  const page = document.createElement('div');
  page.className = 'page';
  host.style.colorScheme = scheme;
  root.replaceChildren(sheet, page);
  render(<App />, page);
  return () => {
    render(null, page);
    root.replaceChildren();
  };
}
