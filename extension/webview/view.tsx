/** Draws what the extension wrote into the page, with the components of the page of the service. */
import { render } from 'preact';
import { QueryAnswer } from '../../server/web/app/query-answer.js';
import { read } from '../../server/web/app/read.js';
import type { ViewData } from '../views/view-data.js';
import { send } from './host.js';
import { MatchesView } from './matches-view.js';
import { ResultsView } from './results-view.js';
import { TraceView } from './trace-view.js';

function View({ data }: { readonly data: ViewData }) {
  switch (data.kind) {
    case 'results':
      return <ResultsView data={data} />;
    case 'trace':
      return <TraceView data={data} />;
    case 'matches':
      return <MatchesView data={data} />;
    case 'query':
      return (
        <>
          <pre>{data.q}</pre>
          <QueryAnswer answer={data} q={data.q} listed={data.listed} />
        </>
      );
  }
}

// A link leads to another page of the service there; here the extension knows what to show.
document.addEventListener('click', (event) => {
  const followed = event.target instanceof Element ? event.target.closest('a') : null;
  const href = followed?.getAttribute('href') ?? '';
  if (!href.includes('#/')) return;
  event.preventDefault();
  send({ message: 'follow', href: href.slice(href.indexOf('#/')) });
});

const place = document.querySelector('main');
if (place !== null)
  render(<View data={read<ViewData>(document.getElementById('data')?.textContent ?? '')} />, place);
