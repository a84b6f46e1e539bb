/**
 * Where the columns of a flat file lie in it, kept next to the file: with that, more columns can be added to a copy of the file without
 * a look at its bytes.
 */
import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { FlatChunk, FlatType } from './flat-chunk.js';

/** A column of a row group as the footer describes it. */
export interface LaidChunk {
  readonly chunk: Omit<FlatChunk, 'parts'>;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

export interface LaidGroup {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, LaidChunk>;
}

export interface FileLayout {
  /** Columns in their order. */
  readonly types: ReadonlyMap<string, FlatType>;
  readonly groups: readonly LaidGroup[];
  /** Where the footer begins. */
  readonly end: number;
}

function layoutPath(file: string): string {
  return `${file}.layout.json`;
}

/** Throws what `node:fs` throws. */
export function writeLayout(file: string, { types, groups, end }: FileLayout): void {
  const json = {
    types: [...types],
    groups: groups.map(({ rows, columns }) => ({
      rows,
      columns: [...columns].map(([name, { chunk, offset }]) => [name, toJson(chunk), offset]),
    })),
    end,
  };
  writeFileSync(layoutPath(file), JSON.stringify(json));
}

/** Undefined where there is none that can be read: a file that DuckDB wrote has none. */
export function readLayout(file: string): FileLayout | undefined {
  try {
    const { types, groups, end } = JSON.parse(readFileSync(layoutPath(file), 'utf8')) as LayoutJson;
    return {
      types: new Map(types),
      groups: groups.map(({ rows, columns }) => ({
        rows,
        columns: new Map(
          columns.map(([name, chunk, offset]) => [name, { chunk: ofJson(chunk, types, name), offset }]),
        ),
      })),
      end,
    };
  } catch {
    return undefined;
  }
}

/** The same file under another name: a link, as neither of them ever changes, or a copy where the file system has none. Throws what `node:fs` throws. */
export function keepFile(file: string, as: string): void {
  for (const path of [(path: string) => path, layoutPath])
    try {
      linkSync(path(file), path(as));
    } catch {
      copyFileSync(path(file), path(as));
    }
}

/** Takes a name off a file, which may have others. Throws what `node:fs` throws. */
export function removeFile(file: string): void {
  for (const path of [file, layoutPath(file)]) rmSync(path, { force: true });
}

/** A file of its own with the same bytes, which share their place on the disk where the file system can do that. Throws what `node:fs` throws. */
export function copyFile(file: string, to: string): void {
  copyFileSync(file, to, constants.COPYFILE_FICLONE);
}

type ChunkJson = Omit<FlatChunk, 'parts' | 'type' | 'bounds'> & {
  /** Base64. */
  readonly bounds?: readonly [min: string, max: string];
};

interface LayoutJson {
  readonly types: readonly (readonly [string, FlatType])[];
  readonly groups: readonly {
    readonly rows: number;
    readonly columns: readonly (readonly [string, ChunkJson, number])[];
  }[];
  readonly end: number;
}

function toJson({ type: _, bounds, ...facts }: LaidChunk['chunk']): ChunkJson {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return bounds === undefined ? facts : { ...facts, bounds: [base64(bounds.min), base64(bounds.max)] };
}

function ofJson(
  { bounds, ...facts }: ChunkJson,
  types: LayoutJson['types'],
  name: string,
): LaidChunk['chunk'] {
  const type = types.find(([column]) => column === name)?.[1];
  if (type === undefined) throw new Error(`no type of ${name}`);
  const [min, max] = (bounds ?? []).map((text) => Buffer.from(text, 'base64'));
  return { ...facts, type, bounds: min === undefined || max === undefined ? undefined : { min, max } };
}
