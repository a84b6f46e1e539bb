import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatText } from '../../../engine/language/format/format.js';
import { parseFile } from '../../../engine/language/parse/parse.js';
import { printFile } from '../../../engine/language/print/print.js';
import { lex } from '../../../engine/language/text/lexer.js';
import { runs } from '../../support/runs.js';
import { file } from './generate-file.js';
import { written } from './same-tree.js';

const gap = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: fc.constantFrom(' ', '\n', '\n\n\n', '\t', '\r\n') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ' // note\n',
      '\n// own line\n',
      ' /* in line */ ',
      '\n/* block */\n',
      ' /* two\n lines */',
      '\n\n  //x  \n\n',
      ' /* a */ /* b */\n',
    ),
  },
);

/** A printed file with white space and comments between its tokens. */
const shaken = fc.tuple(file, fc.infiniteStream(gap)).map(([tree, gaps]) => {
  const text = printFile(tree);
  const { tokens } = lex(text);
  let result = '';
  let end = 0;
  for (const token of tokens) {
    const between = text.slice(end, token.start);
    const { value = '' } = gaps.next();
    result += `${value === '' ? between : `${value}${/\s$/.test(value) ? '' : ' '}`}${token.text}`;
    end = token.end;
  }
  return result;
});

describe('formatText', () => {
  it('keeps the tree, the spelling of literals and every comment, and is stable', () => {
    fc.assert(
      fc.property(shaken, (text) => {
        const before = parseFile(text);
        expect(before.diagnostics, text).toEqual([]);
        const formatted = formatText(text);
        expect(formatted.diagnostics).toEqual([]);
        const after = parseFile(formatted.text);
        expect(after.diagnostics, formatted.text).toEqual([]);
        expect(written(after.file), formatted.text).toEqual(written(before.file));
        expect(after.file.comments.map((comment) => comment.text.trimEnd())).toEqual(
          before.file.comments.map((comment) => comment.text.trimEnd()),
        );
        expect(formatText(formatted.text).text).toBe(formatted.text);
      }),
      { numRuns: runs(300) },
    );
  });

  it('does not depend on the white space that was there, apart from empty lines', () => {
    fc.assert(
      fc.property(file, (tree) => {
        const text = printFile(tree);
        const formatted = formatText(text).text;
        expect(formatText(formatted.replaceAll(/\n +/g, '\n')).text).toBe(formatted);
      }),
      { numRuns: runs(80) },
    );
  });

  it('keeps line breaks of CR LF, and their strings, where a text has no others', () => {
    fc.assert(
      fc.property(shaken, (text) => {
        const windows = `${text.replace(/\r?\n/g, '\r\n')}\r\n`;
        const formatted = formatText(windows).text;
        expect(formatted).not.toMatch(/(?<!\r)\n/);
        expect(written(parseFile(formatted).file)).toEqual(written(parseFile(windows).file));
        expect(formatText(formatted).text).toBe(formatted);
      }),
      { numRuns: runs(100) },
    );
    expect(formatText('let a = { .x }\r\nlet  b = { .y }\n').text).toBe('let a = { .x }\nlet b = { .y }\n');
    expect(formatText('let  a = { .x = `1\r\n2` } // a\r\nlet b = { .y }').text).toBe(
      'let a = { .x = `1\r\n2` } // a\r\nlet b = { .y }\r\n',
    );
  });

  it('sets the braces of attributes and of children between them', () => {
    const text = [
      'rule r { never { } }',
      'test "t" of r { s "x" 0s..3s {',
      'span.a = 1 } { server-a "y" 1s..2s } s "z" 0s..1s { span.b = 2 } { s "k" 0s..1s } expect violation }',
    ].join('\n');
    const lines = formatText(text).text.split('\n').slice(4);
    expect(lines).toEqual([
      'test "t" of r {',
      '  s "x" 0s..3s {',
      '    span.a = 1',
      '  } {',
      '    server-a "y" 1s..2s',
      '  }',
      '  s "z" 0s..1s { span.b = 2 } { s "k" 0s..1s }',
      '  expect violation',
      '}',
      '',
    ]);
    expect(formatText(lines.join('\n')).text).toBe(lines.join('\n'));
  });

  it('leaves a text with errors alone', () => {
    const text = 'rule r {always   }';
    expect(formatText(text)).toMatchObject({ text, diagnostics: [{ code: 'BT1002' }] });
  });

  it('sets a rule out as the handbook does', () => {
    const text = `let charge={name="payment.charge_card"}


rule r{severity=critical // why
summary="x" closes after 30s
when charge where span.amount>1000 as c always{name="fraud.check"}before c within 30s
// the other way
never{name="payment.bypass_validation"}}
test"t"of r{checkout"a"0ms ..300ms{payment"b"20ms..80ms{span.amount=2_000}}expect violation of always # 1}`.replace(
      '2_000',
      '- 2000',
    );
    expect(formatText(text).text).toBe(`let charge = { name = "payment.charge_card" }

rule r {
  severity = critical // why
  summary  = "x"
  closes after 30s
  when   charge where span.amount > 1000 as c
  always { name = "fraud.check" } before c within 30s
  // the other way
  never  { name = "payment.bypass_validation" }
}

test "t" of r {
  checkout "a" 0ms..300ms { payment "b" 20ms..80ms { span.amount = -2000 } }
  expect violation of always#1
}
`);
  });

  it('sets operators apart, and prefixes against their operands', () => {
    const text = 'let x={!  .a&&- .b<- 1 &&.c=(- 1)-  2&&.d in(- 1,2)}|max( duration )>- 1s|by( .a,.b )';
    expect(formatText(text).text).toBe(
      'let x = { !.a && -.b < -1 && .c = (-1) - 2 && .d in (-1, 2) } | max(duration) > -1s | by(.a, .b)\n',
    );
  });

  it('breaks a long condition at its loosest joint', () => {
    const filter = '{ name = "a.rather.long.name.of.a.span" }';
    const text = `rule r {\n  always ${filter} before ${filter} and not ${filter} or ${filter} between ${filter} and ${filter}\n}\n`;
    expect(formatText(text).text).toBe(
      [
        'rule r {',
        `  always ${filter} before ${filter}`,
        `    and not ${filter}`,
        `    or ${filter} between ${filter} and ${filter}`,
        '}',
        '',
      ].join('\n'),
    );
  });
});
