import type { Range, RuleItem, Setting, SettingValue } from './ast.js';
import { type Report, removeFix, replaceFix } from './check/report.js';
import { suggest } from './check/suggest.js';

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What the settings of one rule come to, with the defaults filled in. */
export interface RuleSettings {
  readonly severity: Severity;
  readonly summary?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly runbook?: string;
  readonly tags: readonly string[];
  readonly evidence: readonly string[];
  /** A disabled rule is checked but not run. */
  readonly enabled: boolean;
  /** A clause that cannot tell, for want of an attribute, counts as a violation. */
  readonly required: boolean;
  /** That its clauses could not have failed for want of data is accepted: such cases have passed. */
  readonly idle: boolean;
  /** The window of a rule over many traces, in nanoseconds; absent for a rule about each trace by itself. */
  readonly overNs?: bigint;
  /** From the start of one such window to that of the next, in nanoseconds; absent where windows lie side by side. */
  readonly everyNs?: bigint;
  /** Tolerance for clocks that differ between hosts, in nanoseconds. */
  readonly skewNs: bigint;
  /** How long a live trace may stay quiet before the rule decides, in nanoseconds; absent for the service's own. */
  readonly closesAfterNs?: bigint;
  readonly onPartial: 'report' | 'skip';
}

export const DEFAULT_SETTINGS: RuleSettings = {
  severity: 'medium',
  tags: [],
  evidence: [],
  enabled: true,
  required: false,
  idle: false,
  skewNs: 0n,
  onPartial: 'report',
};

export type SettingType =
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'string' }
  | { readonly kind: 'strings' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'duration' };

export interface SettingDefinition {
  readonly type: SettingType;
  /** One line for hover and completion. */
  readonly summary: string;
}

/** Every setting a rule can have, under the name it has in the text. */
export const SETTING_DEFINITIONS: Readonly<Record<string, SettingDefinition>> = {
  severity: {
    type: { kind: 'word', words: SEVERITIES },
    summary: 'How bad a violation is; medium by default.',
  },
  summary: { type: { kind: 'string' }, summary: 'One line that says what the rule demands.' },
  description: { type: { kind: 'string' }, summary: 'Why the rule exists, at any length.' },
  owner: { type: { kind: 'string' }, summary: 'The team that answers for the rule.' },
  runbook: { type: { kind: 'string' }, summary: 'Where to read what to do about a violation.' },
  tags: { type: { kind: 'strings' }, summary: 'Words to select rules by.' },
  evidence: {
    type: { kind: 'strings' },
    summary: 'Controls the rule is evidence for, such as "SOC2:CC6.1".',
  },
  enabled: { type: { kind: 'bool' }, summary: 'false: checked but not run.' },
  required: { type: { kind: 'bool' }, summary: 'true: a clause that cannot tell is a violation.' },
  idle: {
    type: { kind: 'bool' },
    summary:
      'true: accepts that no span has what the clauses are about; without it such cases are vacuous, not passed.',
  },
  skew: { type: { kind: 'duration' }, summary: 'Tolerance for clocks that differ between hosts.' },
  over: {
    type: { kind: 'duration' },
    summary:
      'Makes the clauses compare series over many traces, window by window of this length; `every 1m` behind it starts one each minute.',
  },
  'closes after': {
    type: { kind: 'duration' },
    summary: 'How long a live trace may stay quiet before it is judged.',
  },
  'on partial': {
    type: { kind: 'word', words: ['report', 'skip'] },
    summary: 'What to do when a trace closes without its root or with parents missing.',
  },
};

/** Whether a setting is written with `=`: all but `over 5m`, `closes after 30s`, `on partial skip`. */
export function isAssigned(name: string): boolean {
  return name !== 'over' && !name.includes(' ');
}

/** Decodes the settings of a rule; a faulty setting is reported and leaves its default. */
export function decodeSettings(rule: Pick<RuleItem, 'settings'>, report: Report): RuleSettings {
  const values = new Map<string, string | boolean | bigint | readonly string[]>();
  const first = new Map<string, Range>();
  for (const setting of rule.settings) {
    const name = setting.name.text;
    const definition = Object.hasOwn(SETTING_DEFINITIONS, name) ? SETTING_DEFINITIONS[name] : undefined;
    if (!definition) {
      reportUnknown(setting, report);
      continue;
    }
    const earlier = first.get(name);
    if (earlier) {
      report('BT2102', setting.name.range, `\`${name}\` is set twice in this rule.`, {
        fixes: [removeFix(`Remove this \`${name}\``, setting.range)],
        related: [{ message: `\`${name}\` is first set here`, range: earlier }],
      });
      continue;
    }
    first.set(name, setting.name.range);
    const value = decodeValue(name, definition.type, setting.value, report);
    if (value !== undefined) values.set(name, value);
    if (setting.every !== undefined && value !== undefined) values.set('every', setting.every.value);
  }
  return {
    ...DEFAULT_SETTINGS,
    ...pick(values, 'severity', 'severity'),
    ...pick(values, 'summary', 'summary'),
    ...pick(values, 'description', 'description'),
    ...pick(values, 'owner', 'owner'),
    ...pick(values, 'runbook', 'runbook'),
    ...pick(values, 'tags', 'tags'),
    ...pick(values, 'evidence', 'evidence'),
    ...pick(values, 'enabled', 'enabled'),
    ...pick(values, 'required', 'required'),
    ...pick(values, 'idle', 'idle'),
    ...pick(values, 'skew', 'skewNs'),
    ...pick(values, 'over', 'overNs'),
    ...pick(values, 'every', 'everyNs'),
    ...pick(values, 'closes after', 'closesAfterNs'),
    ...pick(values, 'on partial', 'onPartial'),
  };
}

function pick(
  values: ReadonlyMap<string, unknown>,
  from: string,
  to: keyof RuleSettings,
): Partial<RuleSettings> {
  return values.has(from) ? { [to]: values.get(from) } : {};
}

function reportUnknown(setting: Setting, report: Report): void {
  const name = setting.name.text;
  const near = suggest(name, Object.keys(SETTING_DEFINITIONS).filter(isAssigned));
  if (near === undefined) {
    const known = Object.keys(SETTING_DEFINITIONS).join(', ');
    report('BT2101', setting.name.range, `There is no setting \`${name}\`. The settings are: ${known}.`, {
      fixes: [removeFix(`Remove \`${name}\``, setting.range)],
    });
    return;
  }
  report('BT2101', setting.name.range, `There is no setting \`${name}\`; did you mean \`${near}\`?`, {
    fixes: [replaceFix(`Change to \`${near}\``, setting.name.range, near)],
  });
}

function decodeValue(
  name: string,
  type: SettingType,
  value: SettingValue,
  report: Report,
): string | boolean | bigint | readonly string[] | undefined {
  switch (type.kind) {
    case 'word': {
      const word = value.kind === 'word' ? value.text : value.kind === 'string' ? value.value : undefined;
      if (value.kind === 'word' && type.words.includes(value.text)) return value.text;
      const near =
        word === undefined ? undefined : (type.words.find((w) => w === word) ?? suggest(word, type.words));
      const message = `\`${name}\` is one of ${type.words.join(', ')}, written without quotes.`;
      report('BT2103', value.range, message, {
        ...(near === undefined ? {} : { fixes: [replaceFix(`Change to \`${near}\``, value.range, near)] }),
      });
      return undefined;
    }
    case 'string':
      if (value.kind === 'string') return value.value;
      report('BT2103', value.range, `\`${name}\` is a string in double quotes.`, {
        ...(value.kind === 'word'
          ? { fixes: [replaceFix('Put it in quotes', value.range, JSON.stringify(value.text))] }
          : {}),
      });
      return undefined;
    case 'strings':
      return decodeStrings(name, value, report);
    case 'bool': {
      if (value.kind === 'bool') return value.value;
      const text = value.kind === 'string' ? value.value : undefined;
      report('BT2103', value.range, `\`${name}\` is true or false.`, {
        ...(text === 'true' || text === 'false'
          ? { fixes: [replaceFix(`Change to ${text}`, value.range, text)] }
          : {}),
      });
      return undefined;
    }
    case 'duration':
      if (value.kind === 'duration' && value.value >= 0n) return value.value;
      report('BT2103', value.range, `\`${name}\` is a duration with a unit, not negative, such as 5ms.`, {
        ...(value.kind === 'int' && value.value >= 0n
          ? { fixes: [replaceFix('Read it as milliseconds', value.range, `${value.value}ms`)] }
          : {}),
      });
      return undefined;
  }
}

function decodeStrings(name: string, value: SettingValue, report: Report): readonly string[] | undefined {
  if (value.kind !== 'list') {
    report('BT2103', value.range, `\`${name}\` is a list of strings in square brackets.`, {
      ...(value.kind === 'string'
        ? { fixes: [replaceFix('Put it in brackets', value.range, `[${value.raw}]`)] }
        : {}),
    });
    return undefined;
  }
  const strings: string[] = [];
  for (const item of value.items) {
    if (item.kind === 'string') strings.push(item.value);
    else report('BT2103', item.range, `Every item of \`${name}\` is a string in double quotes.`);
  }
  return strings;
}
