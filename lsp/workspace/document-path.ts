/**
 * The language knows files by paths with `/`; editors know them by URIs. The path of a document is its URI, decoded and without
 * `file://`, so that messages read well, `use "a b"` finds `file:///a%20b.betrace`, and a document of any scheme has one.
 */
export function pathOfUri(uri: string): string {
  const path = uri.startsWith('file:///') ? uri.slice('file://'.length) : uri;
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a lone `%` is no encoding
  }
}
