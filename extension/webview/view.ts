/** What all pages do: send what is clicked, filter lists, walk through the waterfall. */
import { setUpFilters } from './filters.js';
import { setUpTree } from './tree.js';

interface Host {
  postMessage(message: Readonly<Record<string, string>>): void;
}
declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const send = (message: string, data: Readonly<Record<string, string | undefined>> = {}): void => {
  const texts = Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== undefined);
  host.postMessage({ ...Object.fromEntries(texts), message });
};

document.addEventListener('click', ({ target }) => {
  const clicked = target instanceof Element ? target.closest<HTMLElement>('[data-message]') : null;
  if (clicked?.dataset.message !== undefined) send(clicked.dataset.message, clicked.dataset);
});

// Only the editor can send messages here; what it sends was escaped where it was made.
window.addEventListener(
  'message',
  ({ data }: MessageEvent<{ readonly fill?: string; readonly html?: string }>) => {
    const place = data.fill === undefined ? null : document.getElementById(data.fill);
    if (place !== null) place.innerHTML = data.html ?? '';
  },
);

setUpFilters();
setUpTree((span) => send('select', { span }));
