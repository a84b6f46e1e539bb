/** The clients of object stores are large: nobody loads them who does not ask a bucket. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['engine', 'server', 'lsp', 'extension'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') })),
);

it('are imported when they are needed, but for their types', () => {
  const now = /^import (?!type )[^;]*? from '(?:@aws-sdk|@azure|google-auth-library)[^']*'/m;
  expect(sources.filter(({ text }) => now.test(text)).map(({ path }) => path)).toEqual([]);
  const later = sources.filter(({ text }) =>
    /import\(\s*'(?:@aws-sdk|@azure|google-auth-library)/.test(text),
  );
  expect(later.map(({ path }) => path).sort()).toEqual(
    ['azure', 'gcs', 's3'].map((name) => `engine/blocks/buckets/${name}.ts`),
  );
});

it('are behind modules that are loaded when a place of their kind is asked', () => {
  const now = /^import [^;]*? from '[^']*\/(?:s3|gcs|azure)\.js'/m;
  expect(sources.filter(({ text }) => now.test(text)).map(({ path }) => path)).toEqual([]);
});

it('may be left out of an installation', () => {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as {
    readonly dependencies: object;
    readonly optionalDependencies: object;
  };
  const isClient = (name: string): boolean => /^(?:@aws-sdk|@azure|google-auth-library)/.test(name);
  expect(Object.keys(dependencies).filter(isClient)).toEqual([]);
  expect(Object.keys(optionalDependencies).filter(isClient)).toHaveLength(4);
});
