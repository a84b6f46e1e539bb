/** Where a command writes, and what that place can show. */
import type { Writable } from 'node:stream';

export interface Terminal {
  /** Results. Text from outside must have gone through `printable` first. */
  out(text: string): void;
  /** Progress, warnings and errors. */
  err(text: string): void;
  /** Columns of standard output; 100 when it is not a terminal. */
  readonly width: number;
  /** Styles for each stream: plain text where it is no terminal or NO_COLOR is set. */
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** Whether standard error is a terminal that a progress bar may be drawn on. */
  readonly interactive: boolean;
  /** Whether standard output is a terminal: a person reads both streams there. */
  readonly outInteractive: boolean;
  /** Whether more than ASCII may be drawn. */
  readonly unicode: boolean;
}

export type Style = Readonly<Record<StyleName, (text: string) => string>>;
export type StyleName = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

const CODES: Readonly<Record<StyleName, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
};

export function styleFor(coloured: boolean): Style {
  const make = (name: StyleName) => (text: string) => {
    const [on, off] = CODES[name];
    return coloured && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
  return {
    bold: make('bold'),
    dim: make('dim'),
    red: make('red'),
    yellow: make('yellow'),
    green: make('green'),
    cyan: make('cyan'),
  };
}

type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
type Environment = Readonly<Record<string, string | undefined>>;

export function terminalOf(stdout: Stream, stderr: Stream, env: Environment): Terminal {
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    width: stdout.isTTY ? Math.max(40, stdout.columns ?? 80) : 100,
    outStyle: styleFor(isColoured(stdout, env)),
    errStyle: styleFor(isColoured(stderr, env)),
    interactive: stderr.isTTY === true && env.TERM !== 'dumb',
    outInteractive: stdout.isTTY === true,
    unicode: isUnicode(env),
  };
}

/** Only a locale that says otherwise: containers and CI set none, and what reads their output is UTF-8. */
function isUnicode({ LC_ALL, LC_CTYPE, LANG }: Environment): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return !locale || /utf-?8/i.test(locale);
}

/** https://no-color.org: any value but the empty one turns colour off. FORCE_COLOR turns it on without a terminal. */
function isColoured(stream: Stream, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}
