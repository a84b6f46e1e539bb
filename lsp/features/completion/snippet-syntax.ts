/** An insertion for clients that know no snippets. */
export function withoutSnippetSyntax(insert: string): string {
  return insert
    .replace(/\$\{\d+\|([^,|]*)[^}]*\}/gu, '$1')
    .replace(/\$\{\d+:([^}]*)\}/gu, '$1')
    .replace(/\$\{?\d+\}?/gu, '');
}
