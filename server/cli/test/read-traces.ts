/** The traces of `test … from "file.json"`. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { tracesFromOtlpJson } from '../../../engine/spans/otlp-json.js';
import { isOwnSpan } from '../../../engine/spans/own-spans.js';
import type { ReadTraces } from '../../../engine/testing/run-tests.js';

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
  let json: unknown;
  try {
    json = JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, ''));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    return { problem: `"${path}" ${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
  const traces = tracesFromOtlpJson(json);
  if ('problem' in traces) return { problem: `"${path}": ${traces.problem}` };
  const others = traces
    .map((trace) => ({ ...trace, spans: trace.spans.filter(({ name }) => !isOwnSpan(name)) }))
    .filter(({ spans }) => spans.length > 0);
  return others.length > 0 ? others : { problem: `"${path}" holds no span` };
};
