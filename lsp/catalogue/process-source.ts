import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CountedAttribute, ValueCount } from './catalogue.js';
import { type CountedSeries, valuesOfSeries } from './series-values.js';
import type { CatalogueSource } from './source.js';

const run = promisify(execFile);
const MOST_BYTES = 64 * 1024 * 1024;
/** `betrace schema` exits with this when some blocks could not be read, and prints what the others carry. */
const PARTIAL = 3;

/** Runs `betrace schema` and `betrace query` (the program and what comes before the command) over a folder, in a process of its own. */
export function processSource(
  command: readonly string[],
  folder: string,
  tenant: string | undefined,
): CatalogueSource {
  const [program = '', ...before] = command;
  const options = [
    '--blocks',
    folder,
    '--format',
    'json',
    ...(tenant === undefined ? [] : ['--tenant', tenant]),
  ];
  const output = async (args: readonly string[], signal: AbortSignal): Promise<string> =>
    await run(program, [...before, ...args, ...options], { signal, maxBuffer: MOST_BYTES }).then(
      ({ stdout }) => stdout,
      (error: unknown) => partialOutput(error),
    );
  return {
    async narrowed(query, signal) {
      const { series } = JSON.parse(await output(['query', query, '--step', WHOLE], signal)) as Counted;
      return valuesOfSeries(series, ({ samples = [] }) =>
        samples.reduce((sum, { value = 0 }) => sum + value, 0),
      );
    },
    async load(signal) {
      const text = await output(['schema'], signal);
      const { spans, attributes, spanNames } = JSON.parse(text) as Schema;
      const services = attributes.find(
        ({ scope, key }) => scope === 'resource' && key === 'service.name',
      )?.values;
      return {
        spans,
        attributes: attributes.map((attribute) => ({
          ...attribute,
          values: attribute.values.map(valueCount),
        })),
        spanNames: spanNames.map(valueCount),
        services: (services ?? []).map(valueCount),
      };
    },
  };
}

function partialOutput(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === PARTIAL && 'stdout' in error)
    return String(error.stdout);
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  throw stderr === '' ? error : new Error(stderr.split('\n')[0]);
}

/** One interval for all that is stored. */
const WHOLE = '36500d';

interface Counted {
  readonly series?: readonly (CountedSeries & {
    readonly samples?: readonly { readonly value?: number }[];
  })[];
}

interface Schema {
  readonly spans: number;
  readonly attributes: readonly (CountedAttribute & { readonly values: readonly StoredValue[] })[];
  readonly spanNames: readonly StoredValue[];
}

interface StoredValue {
  readonly value: string;
  readonly count: number;
}

function valueCount({ value, count }: StoredValue): ValueCount {
  return { text: value, count };
}
