/** The traces of `test … from "file.json"`. */

import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { MalformedOtlp } from '../../../engine/otlp/malformed.js';
import { isOwnSpan } from '../../../engine/otlp/own-spans.js';
import type { OtlpRequest } from '../../../engine/otlp/request.js';
import { tracesOf } from '../../../engine/otlp/traces.js';
import { messageOf } from '../../../engine/shared/message-of.js';
import type { ReadTraces } from '../../../engine/testing/run-tests.js';
import { requestOfFile } from '../../trace-files/request.js';

/** A trace of a test is looked at by people; more than this is a mistake, and would be held in memory several times. */
const MAX_BYTES = 64 * 1024 ** 2;

/** Relative to the file of the test. Whatever is wrong with the file is the test's problem, in words. */
export const readTestTraces: ReadTraces = async (test, path) => {
  const file = resolve(dirname(test.path), path);
  const kind = await stat(file).catch(() => undefined);
  if (kind === undefined) return { problem: `"${path}" does not exist` };
  if (!kind.isFile()) return { problem: `"${path}" is not a file` };
  if (kind.size > MAX_BYTES)
    return { problem: `"${path}" is larger than ${MAX_BYTES / 1024 ** 2} MiB, which is too much for a test` };
  let request: OtlpRequest;
  try {
    request = requestOfFile(await readFile(file), MAX_BYTES);
  } catch (error) {
    const what = error instanceof MalformedOtlp ? ':' : ' cannot be read:';
    return { problem: `"${path}"${what} ${messageOf(error)}` };
  }
  const [refused] = request.refused;
  if (refused !== undefined) return { problem: `"${path}": ${refused.message}` };
  const traces = tracesOf(request.groups);
  const others = traces
    .map((trace) => ({ ...trace, spans: trace.spans.filter(({ name }) => !isOwnSpan(name)) }))
    .filter(({ spans }) => spans.length > 0);
  return others.length > 0 ? others : { problem: `"${path}" holds no span` };
};
