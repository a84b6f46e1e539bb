/** Some tenths of a second's work on a slow machine. */
const FIRST_SPANS = 2000;

/**
 * How many spans are judged before what came of it is on disk: few after a start and more with each batch that is done, so that a process
 * that does not live for long leaves less to the next one.
 */
export class BatchSize {
  private mostSpans: number;

  constructor(private readonly limit: number) {
    this.mostSpans = Math.min(FIRST_SPANS, limit);
  }

  get spans(): number {
    return this.mostSpans;
  }

  grow(): void {
    this.mostSpans = Math.min(2 * this.mostSpans, this.limit);
  }
}
