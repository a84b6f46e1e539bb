import type { PartName, PartResults } from '../grammar/grammar.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import type { Token } from '../text/tokens.js';
import type { Range } from '../tree/ast.js';
import { foreignHabit } from './habits/foreign.js';
import { habitDiagnostic, withoutHabit } from './habits/habit.js';
import { withCalls } from './parse-calls.js';
import { PartParse } from './parse-chart.js';
import { tooDeep } from './parse-limits.js';
import { withParameters } from './parse-parameters.js';
import { checkTokens } from './parse-tokens.js';
import { completePart, repair, unfinished } from './recover.js';

export interface ParsedPart<P extends PartName> {
  /** Absent only where nothing could be made of the text. */
  readonly value?: PartResults[P];
  readonly diagnostics: readonly Diagnostic[];
  /** How many parses the text has: 1, or 0 where recovery had to help. */
  readonly parses: number;
}

const MOST_REPAIRS = 20;

/**
 * Parses one part. Errors are mended token by token while that works; after that the rest of the part is given up, and
 * what was read is completed with placeholders (nodes with empty text), so that the tree is as whole as it can be.
 */
export function parsePart<P extends PartName>(part: P, tokens: readonly Token[], end: number): ParsedPart<P> {
  const deep = tooDeep(part, tokens);
  if (deep !== undefined) return { diagnostics: [deep], parses: 0 };
  const { parse, diagnostics, repairs, gaveUp, skipped, read } = feedPart(part, tokens);
  const found = [...checkTokens(part, read), ...diagnostics];
  if (!gaveUp) {
    const [value, ...others] = parse.results();
    if (value !== undefined)
      return { value, diagnostics: found, parses: repairs === 0 ? 1 + others.length : 0 };
    // After a skipped token what is missing is most likely what should have stood in its place.
    if (!skipped) found.push(unfinished(parse, part, tokens, end));
  }
  return { ...completePart(parse, endRange(tokens, end)), diagnostics: found, parses: 0 };
}

export interface FedPart<P extends PartName> {
  readonly parse: PartParse<P>;
  readonly diagnostics: readonly Diagnostic[];
  readonly repairs: number;
  /** Whether a token was passed over. */
  readonly skipped: boolean;
  /** Whether tokens were left that nothing could be made of. */
  readonly gaveUp: boolean;
  /** The tokens that were fed: those written, with what another language says translated. */
  readonly read: readonly Token[];
}

interface Feeding {
  /** Whether the part ends here; else somebody may be about to write more, and what lacks it is no habit of another language. */
  readonly isEnd: boolean;
  /** How many were made before. */
  readonly repairs: number;
}

/** Feeds tokens to a parse, mending what does not fit. */
export function feedPart<P extends PartName>(
  part: P,
  written: readonly Token[],
  { isEnd, repairs: before }: Feeding = { isEnd: true, repairs: 0 },
): FedPart<P> {
  const tokens = withCalls(part === 'let' ? withParameters(written) : written);
  const parse = new PartParse(part);
  const diagnostics: Diagnostic[] = [];
  let repairs = before;
  let skipped = false;
  const fed = (gaveUp: boolean): FedPart<P> => ({
    parse,
    diagnostics,
    repairs,
    skipped,
    gaveUp,
    read: written,
  });
  /** What another language says is read anew from the start, as it may begin before the token that does not fit. */
  const foreign = (index: number): FedPart<P> | undefined => {
    if (repairs > MOST_REPAIRS) return undefined;
    const habit = foreignHabit({ part, tokens: written, index, expected: parse.expected() });
    if (habit === undefined) return undefined;
    const diagnostic = habitDiagnostic(written, habit);
    if (habit.text === undefined)
      return { ...fed(true), diagnostics: [...diagnostics, diagnostic], repairs: repairs + 1 };
    const again = feedPart(part, withoutHabit(written, habit), { isEnd, repairs: repairs + 1 });
    return { ...again, diagnostics: [diagnostic, ...again.diagnostics] };
  };
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    // The lexer has reported it.
    if (token.kind === 'bad') {
      repairs++;
      continue;
    }
    if (parse.accepts(token)) {
      parse.feed(token);
      continue;
    }
    const translated = foreign(index);
    if (translated !== undefined) return translated;
    const mended = repair(parse, part, {
      token,
      next: nextGood(tokens, index + 1),
      before: tokens.slice(0, index),
      ahead: tokens.slice(index + 1, index + 3),
    });
    // What was put in the place of another language's words has been reported as that.
    if (!token.missing) diagnostics.push(mended.diagnostic);
    repairs++;
    skipped ||= mended.feed.length === 0;
    // A known mistake is named by what is near it; whether its remedy fits here only the grammar knows.
    const fits = parse.wouldAccept(mended.feed);
    if (fits) for (const inserted of mended.feed) parse.feed(inserted);
    if (mended.giveUp || !fits || repairs > MOST_REPAIRS) return fed(true);
  }
  const unfinishedHabit =
    isEnd && tokens.length > 0 && parse.results().length === 0 ? foreign(tokens.length) : undefined;
  return unfinishedHabit ?? fed(false);
}

function nextGood(tokens: readonly Token[], from: number): Token | undefined {
  let index = from;
  while (tokens[index]?.kind === 'bad') index++;
  return tokens[index];
}

/** Where something missing at the end of a part is shown: on its last token, or at the place where it would start. */
function endRange(tokens: readonly Token[], end: number): Range {
  const last = tokens.at(-1);
  return last === undefined ? { start: end, end } : { start: last.start, end: last.end };
}
