/** File patterns, for shells that leave them alone: `*`, `?`, `[a-z]`, `{a,b}` within a name, `**` over folders. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

/** The files that match, sorted. Names that begin with a dot match only a pattern that says so. */
export async function glob(pattern: string): Promise<readonly string[]> {
  const absolute = pattern.startsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const found = new Set<string>();
  await descend(absolute ? '/' : '', parts, found);
  return [...found].sort();
}

async function descend(directory: string, parts: readonly string[], found: Set<string>): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  if (!isGlob(part) && rest.length > 0) return await descend(join(directory, part), rest, found);
  if (part === '**') await descend(directory, rest.length > 0 ? rest : ['*'], found);
  const matches = part === '**' ? (name: string) => isOrdinary(name) : matcher(part);
  const entries = await readdir(directory === '' ? '.' : directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!matches(entry.name)) continue;
    const path = join(directory, entry.name);
    // `**` does not follow links, which may lead in circles.
    if (part === '**' && entry.isDirectory()) await descend(path, parts, found);
    else if (part !== '**' && rest.length > 0) await descend(path, rest, found);
    else if (part !== '**' && (await isFile(entry, path))) found.add(path);
  }
}

/** The files under a folder whose names end so, sorted. Links to folders and hidden folders are not entered. */
export async function filesUnder(directory: string, ending: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (!isOrdinary(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await filesUnder(path, ending)));
    else if (entry.name.endsWith(ending) && (await isFile(entry, path))) found.push(path);
  }
  return found.sort();
}

/** A file, or a link to one. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function isOrdinary(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** Whether a name matches one part of a pattern. */
export function matcher(part: string): (name: string) => boolean {
  const expression = new RegExp(`^${translate(part)}$`, 'su');
  return (name) => expression.test(name) && (!name.startsWith('.') || part.startsWith('.'));
}

function translate(part: string): string {
  let expression = '';
  let depth = 0;
  for (let position = 0; position < part.length; position++) {
    const character = part.charAt(position);
    const closing = part.indexOf(']', position + 2);
    if (character === '*') expression += '[^/]*';
    else if (character === '?') expression += '[^/]';
    else if (character === '[' && closing > 0) {
      expression += characterClass(part.slice(position + 1, closing));
      position = closing;
    } else if (character === '{' && part.includes('}', position)) {
      expression += '(?:';
      depth++;
    } else if (character === '}' && depth > 0) {
      expression += ')';
      depth--;
    } else if (character === ',' && depth > 0) expression += '|';
    else expression += character.replace(/[\\^$.|?*+()[\]{}/]/, '\\$&');
  }
  return expression;
}

/** `a-z`, `!a-z`; a range that runs backwards matches nothing. */
function characterClass(content: string): string {
  const negated = /^[!^]/.test(content);
  const members = (negated ? content.slice(1) : content).replace(/[\\\]^[&]/g, '\\$&');
  const backwards = [...members.matchAll(/(.)-(.)/gsu)].some(([, from = '', to = '']) => from > to);
  return backwards ? '(?!)' : `[${negated ? '^' : ''}${members}]`;
}
