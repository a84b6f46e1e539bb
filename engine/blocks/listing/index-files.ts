/** In the order that Tempo's own readers prefer. */
export const INDEX_FILES: readonly string[] = ['index.pb.zst', 'index.json.gz'];
