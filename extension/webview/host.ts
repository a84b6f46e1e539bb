import type { ViewMessage } from '../views/view-data.js';

declare function acquireVsCodeApi(): { postMessage(message: ViewMessage): void };

const editor = acquireVsCodeApi();

/** Tells the extension what the user wants. */
export function send(message: ViewMessage): void {
  editor.postMessage(message);
}
