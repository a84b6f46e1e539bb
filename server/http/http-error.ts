/** A request that is refused, or could not be answered: what the answer says, whichever format the API has. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** Sent with the response: `Retry-After`, `WWW-Authenticate`. */
  readonly headers: Readonly<Record<string, string>>;
  /** A code of the catalogue. */
  readonly code: string | undefined;

  constructor(
    readonly status: number,
    message: string,
    options: ErrorOptions & {
      readonly code?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message, options);
    this.code = options.code;
    this.headers = options.headers ?? {};
  }
}

/** The client closed its connection: nobody will read the answer. Logged as 499, as nginx and Tempo do. */
export class ClientGone extends HttpError {
  constructor() {
    super(499, 'the client went away');
  }
}

export class Overdue extends HttpError {
  constructor(what: string) {
    super(504, `${what} took too long and was cancelled`, { code: 'BT5012' });
  }
}

export class Stopping extends HttpError {
  constructor() {
    super(503, 'the service is stopping', { code: 'BT5013', headers: { 'Retry-After': '1' } });
  }
}
