/** What a report draws with: terminals that are not UTF-8 get ASCII. */
export interface Glyphs {
  readonly violated: string;
  readonly passed: string;
  readonly unsure: string;
  /** From least to most. */
  readonly bars: readonly string[];
  /** Applied, and nothing violated. */
  readonly calm: string;
  readonly marker: string;
  /** A stretch of time. */
  readonly stretch: string;
  /** Between facts on one line. */
  readonly dot: string;
  readonly dash: string;
  readonly times: string;
}

const UNICODE: Glyphs = {
  violated: '✗',
  passed: '✓',
  unsure: '?',
  bars: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  calm: '·',
  marker: '▲',
  stretch: '━',
  dot: '·',
  dash: '–',
  times: '×',
};

const ASCII: Glyphs = {
  violated: 'x',
  passed: '+',
  unsure: '?',
  bars: ['_', '-', '=', '#'],
  calm: '.',
  marker: '^',
  stretch: '=',
  dot: '|',
  dash: '-',
  times: 'x',
};

export function glyphsFor(unicode: boolean): Glyphs {
  return unicode ? UNICODE : ASCII;
}
