import { printable } from '../shared/printable.js';

/** A place in a file of the repository with what is to be said of it. Lines and columns count from 1. */
interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly path: string;
  readonly start: { readonly line: number; readonly column?: number };
  /** The last line and column that belong to it. */
  readonly end?: { readonly line: number; readonly column: number };
  readonly title: string;
  readonly message: string;
}

/**
 * A workflow command of GitHub Actions, one line with its end.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function annotationLine({ level, path, start, end, title, message }: Annotation): string {
  // GitHub ignores columns of ranges over several lines.
  const columns =
    end !== undefined && start.line === end.line && start.column !== undefined
      ? [
          ['col', start.column],
          ['endColumn', end.column],
        ]
      : [];
  const properties = [
    ['file', path],
    ['line', start.line],
    ...(end === undefined ? [] : [['endLine', end.line]]),
    ...columns,
    ['title', title],
  ].map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${level} ${properties.join(',')}::${escapeData(message)}\n`;
}

/** GitHub's own escapes come after ours, which leave only newlines of the controls. */
function escapeData(text: string): string {
  const safe = text.split('\n').map(printable).join('\n');
  return safe.replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(printable(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Of the checkout that a workflow runs on: what paths in annotations are relative to. */
export function repositoryRoot(): string {
  return process.env.GITHUB_WORKSPACE || process.cwd();
}
