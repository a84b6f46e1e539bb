import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser } from '../../extension/service/sse.js';

const STREAM = [
  '\ufeffretry: 2000\n\n',
  'id: a.1\nevent: progress\ndata: {"n":1}\n\n',
  ': still here\n\n',
  'event: progress\r\ndata:two\r\ndata: lines\r\n\r\n',
  'data\r\r',
  'event: end\ndata: ü€😀\nunknown: x\n\n',
  'data: not finished',
].join('');

describe('server-sent events', () => {
  it('are read as the specification says', () => {
    expect(new EventParser().push(STREAM)).toEqual([
      { event: 'progress', data: '{"n":1}', id: 'a.1' },
      { event: 'progress', data: 'two\nlines', id: 'a.1' },
      { event: 'message', data: '', id: 'a.1' },
      { event: 'end', data: 'ü€😀', id: 'a.1' },
    ]);
  });

  it('are the same however the stream is cut', () => {
    const whole = new EventParser().push(STREAM);
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 30 }), (cuts) => {
        const parser = new EventParser();
        const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
        const found = places.slice(1).flatMap((end, n) => parser.push(STREAM.slice(places[n], end)));
        expect(found).toEqual(whole);
      }),
    );
  });

  it('are not kept without bound', () => {
    const parser = new EventParser();
    const piece = 'x'.repeat(1024 * 1024);
    expect(() => {
      for (let n = 0; n < 20; n++) parser.push(piece);
    }).toThrow('too long');
  });
});
