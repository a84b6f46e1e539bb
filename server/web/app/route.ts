/** Where the reader is: in the part of the address behind `#`, so that a link leads there and the service needs no more paths. */
import { useEffect, useState } from 'preact/hooks';

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'rule'; readonly id: string }
  | {
      readonly page: 'trace';
      readonly ids: readonly string[];
      readonly marked: readonly string[];
      readonly rule: string | null;
      /** The id of the violation that the marked spans are evidence of. */
      readonly violation: string | null;
    }
  | { readonly page: 'query'; readonly q: string }
  /** A rule to begin with, or none. */
  | { readonly page: 'try'; readonly rule: string | null }
  | { readonly page: 'evidence' };

/** Of links, what is before `#`: nothing, but where the page that these are embedded in says that addresses begin elsewhere (`<base href>`). */
const here = (): string =>
  new URL(document.baseURI).pathname === location.pathname ? '' : location.pathname + location.search;

export const link = {
  overview: () => `${here()}#/`,
  rule: (id: string) => `${here()}#/rules/${encodeURIComponent(id)}`,
  /** Several traces where evidence is of several; `marked` are span ids. */
  trace: (
    ids: readonly string[],
    marked: readonly string[] = [],
    why: { readonly rule?: string; readonly violation?: string } = {},
  ) =>
    `${here()}#/traces/${ids.map(encodeURIComponent).join(',')}?${new URLSearchParams({ marked: marked.join(','), ...why })}`,
  evidence: () => `${here()}#/evidence`,
  tryRule: (rule?: string) =>
    `${here()}#/try${rule === undefined ? '' : `?${new URLSearchParams({ rule })}`}`,
  query: (q = '') => `${here()}#/query?${new URLSearchParams({ q })}`,
};

export function routeOf(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const [, page, rest = ''] = path.split('/');
  const params = new URLSearchParams(search);
  if (page === 'rules' && rest !== '') return { page: 'rule', id: decoded(rest) };
  if (page === 'traces' && rest !== '') {
    const marked = (params.get('marked') ?? '').split(',').filter((id) => id !== '');
    return {
      page: 'trace',
      ids: rest.split(',').map(decoded),
      marked,
      rule: params.get('rule'),
      violation: params.get('violation'),
    };
  }
  if (page === 'evidence') return { page: 'evidence' };
  if (page === 'try') return { page: 'try', rule: params.get('rule') };
  if (page === 'query') return { page: 'query', q: params.get('q') ?? '' };
  return { page: 'overview' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return routeOf(hash);
}
