/** Ids of answers, by which a client tells that it has the newest one. Made of nothing but a counter, so that they work in a browser. */
export class ResultIds {
  private readonly newest = new Map<string, { readonly text: string; readonly id: string }>();
  private made = 0;

  /** The same id for as long as the text about this URI stays the same. */
  idOf(uri: string, text: string): string {
    const known = this.newest.get(uri);
    if (known?.text === text) return known.id;
    const id = String(++this.made);
    this.newest.set(uri, { text, id });
    return id;
  }
}
