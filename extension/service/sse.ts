/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/** More than any state of a replay needs; a stream without line ends is not kept for ever. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Takes the text of a stream in pieces of any size; comments and fields that mean nothing here are left out. */
export class EventParser {
  private rest = '';
  private started = false;
  private event = '';
  private data: string[] = [];
  private id = '';

  /** The events that the piece completes. */
  push(piece: string): readonly ServerEvent[] {
    this.rest += this.started ? piece : piece.replace(/^\ufeff/u, '');
    this.started ||= piece !== '';
    if (this.rest.length > MOST_CHARACTERS) throw new Error('an event of the service is too long');
    const found: ServerEvent[] = [];
    // A carriage return at the end may be half a line end.
    for (
      let end = /\r\n|\n|\r(?!$)/u.exec(this.rest);
      end !== null;
      end = /\r\n|\n|\r(?!$)/u.exec(this.rest)
    ) {
      const event = this.line(this.rest.slice(0, end.index));
      this.rest = this.rest.slice(end.index + end[0].length);
      if (event !== undefined) found.push(event);
    }
    return found;
  }

  private line(line: string): ServerEvent | undefined {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /u, '');
    if (field === 'event') this.event = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return undefined;
  }

  private dispatch(): ServerEvent | undefined {
    const { event, data, id } = this;
    this.event = '';
    this.data = [];
    return data.length === 0 ? undefined : { event: event || 'message', data: data.join('\n'), id };
  }
}
