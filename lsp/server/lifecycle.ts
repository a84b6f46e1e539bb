import {
  type Connection,
  ErrorCodes,
  Message,
  type MessageStrategy,
  ResponseError,
} from 'vscode-languageserver';

/** Where requests go that come when the protocol has no place for them; their parameters are what is to be answered. */
const REFUSED = 'betrace/refused';

interface Refusal {
  readonly code: number;
  readonly message: string;
}

const TOO_EARLY: Refusal = {
  code: ErrorCodes.ServerNotInitialized,
  message: '`initialize` comes before any other request',
};
const TOO_LATE: Refusal = {
  code: ErrorCodes.InvalidRequest,
  message: 'nothing follows `shutdown` but `exit`',
};

/** Lets a connection hear of what comes between `initialize` and `shutdown`; `registerRefusals` answers all else. */
export function lifecycle(): MessageStrategy {
  let refusal: Refusal | undefined = TOO_EARLY;
  return {
    handleMessage: (message, next) => {
      if (Message.isRequest(message)) {
        if (refusal === TOO_EARLY && message.method === 'initialize') refusal = undefined;
        next(refusal === undefined ? message : { ...message, method: REFUSED, params: refusal });
        if (message.method === 'shutdown') refusal ??= TOO_LATE;
      } else if (refusal === undefined || !Message.isNotification(message) || message.method === 'exit') {
        next(message);
      }
    },
  };
}

export function registerRefusals(connection: Connection): void {
  connection.onRequest(REFUSED, ({ code, message }: Refusal) => new ResponseError(code, message));
}
