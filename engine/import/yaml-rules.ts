import { parseDocument } from 'yaml';
import type { ExampleSpan, ExampleValue } from './example.js';

/** One rule as an old file has it, its text not yet read. */
export interface OldRuleText {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly severity?: string;
  readonly tags: readonly string[];
  readonly frameworks: readonly string[];
  readonly enabled: boolean;
  readonly condition: string;
  readonly example?: { readonly description?: string; readonly spans: readonly ExampleSpan[] };
}

export interface OldFile {
  readonly rules: readonly OldRuleText[];
  /** What could not be read, in words for a person. */
  readonly problems: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads rules of the older BeTrace: YAML with `rules:`, or the JSON in which its server kept them. A rule without text is
 * a problem and costs no other.
 */
export function readOldFile(text: string): OldFile {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return { rules: [], problems: [`not YAML: ${error.message.split('\n')[0]}`] };
  const root: unknown = document.toJS({ maxAliasCount: 100 });
  const found = rulesIn(root);
  if (found === undefined) return { rules: [], problems: ['no `rules:` in it'] };
  const problems: string[] = [];
  const rules: OldRuleText[] = [];
  found.forEach((value, index) => {
    const rule = isFields(value) ? ruleOf(value, index) : undefined;
    if (rule === undefined) problems.push(`rule ${index + 1} has no condition`);
    else rules.push(rule);
  });
  return { rules, problems };
}

function rulesIn(root: unknown): readonly unknown[] | undefined {
  if (Array.isArray(root)) return root;
  if (!isFields(root)) return undefined;
  if (Array.isArray(root.rules)) return root.rules;
  if (conditionOf(root) !== undefined) return [root];
  // The server's own file maps ids to rules.
  const values = Object.values(isFields(root.rules) ? root.rules : root);
  return values.length > 0 && values.every(isFields) ? values : undefined;
}

function ruleOf(fields: Fields, index: number): OldRuleText | undefined {
  const condition = conditionOf(fields);
  if (condition === undefined) return undefined;
  const name = textOf(fields.name);
  const description = textOf(fields.description);
  const severity = textOf(fields.severity);
  const example = exampleOf(fields.example_violation);
  return {
    id: textOf(fields.id) ?? name ?? `rule-${index + 1}`,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(severity === undefined ? {} : { severity }),
    tags: textsOf(fields.tags),
    frameworks: textsOf(fields.compliance_frameworks),
    enabled: fields.enabled !== false,
    condition,
    ...(example === undefined ? {} : { example }),
  };
}

function conditionOf(fields: Fields): string | undefined {
  return textOf(fields.condition) ?? textOf(fields.expression);
}

function exampleOf(value: unknown): OldRuleText['example'] {
  if (!isFields(value) || !Array.isArray(value.trace)) return undefined;
  const description = textOf(value.description);
  const spans = value.trace.flatMap((span: unknown) => {
    const name = isFields(span) ? (textOf(span.span) ?? textOf(span.name)) : undefined;
    if (name === undefined || !isFields(span)) return [];
    return [{ name, attributes: attributesOf(span.attributes) }];
  });
  return spans.length === 0 ? undefined : { ...(description === undefined ? {} : { description }), spans };
}

function attributesOf(value: unknown): ReadonlyMap<string, ExampleValue> {
  const attributes = new Map<string, ExampleValue>();
  for (const [key, attribute] of Object.entries(isFields(value) ? value : {})) {
    if (typeof attribute === 'string' || typeof attribute === 'boolean') attributes.set(key, attribute);
    else if (typeof attribute === 'number' && Number.isFinite(attribute)) attributes.set(key, attribute);
    else if (attribute !== null && attribute !== undefined) attributes.set(key, JSON.stringify(attribute));
  }
  return attributes;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((item) => textOf(item) ?? []) : [];
}
