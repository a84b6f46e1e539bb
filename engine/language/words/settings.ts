import { guesses, removeFix, replaceFix } from '../problems/diagnostic.js';
import type { Report } from '../problems/report.js';
import { suggest } from '../problems/spelling.js';
import type { CaseRuleItem, Field, Range, Setting, SettingValue } from '../tree/ast.js';
import { BOOL, DURATION, type Form, type SettingType, STRING, STRINGS, word } from './setting-forms.js';

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
  /** What makes spans of several traces one flow; absent for a rule about each trace by itself. */
  readonly across?: Across;
  /** Tolerance for clocks that differ between hosts, in nanoseconds. */
  readonly skewNs: bigint;
  /** How long a live trace may stay quiet before the rule decides, in nanoseconds; absent for the service's own. */
  readonly closesAfterNs?: bigint;
  readonly onPartial: 'report' | 'skip';
}

/** The setting of a rule across traces. */
export interface Across {
  /** What the spans of a flow have in common; none for `links`, where the flow is a trace and those that are linked with it. */
  readonly fields: readonly Field[];
  /** How far a case sees before its bound spans and after them, in nanoseconds. */
  readonly withinNs: bigint;
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

const FLOW_KEY: Form<Across> = {
  type: { kind: 'flow key' },
  decode(name, value, report) {
    if (value.kind !== 'flow key') {
      report(
        'BT2103',
        value.range,
        `\`${name}\` is a field and how far to look, such as span.order.id within 1h.`,
      );
      return undefined;
    }
    // What is wrong with a key is said by the checks of rules across traces.
    return value.within === undefined ? undefined : { fields: value.fields, withinNs: value.within.value };
  },
};

/** A setting that decodes to the member `K` of the settings. */
interface Definition<K extends SettingKey> {
  /** As it is written. */
  readonly name: string;
  readonly form: Form<NonNullable<RuleSettings[K]>>;
  /** One line for hover and completion. */
  readonly summary: string;
}

/** `everyNs` is written behind `over` and has no name of its own. */
type SettingKey = Exclude<keyof RuleSettings, 'everyNs'>;

/** Every setting a rule can have, in the order in which lists show them. */
const DEFINITIONS: { readonly [K in SettingKey]: Definition<K> } = {
  severity: {
    name: 'severity',
    form: word(SEVERITIES),
    summary: 'How bad a violation is; medium by default.',
  },
  summary: { name: 'summary', form: STRING, summary: 'One line that says what the rule demands.' },
  description: { name: 'description', form: STRING, summary: 'Why the rule exists, at any length.' },
  owner: { name: 'owner', form: STRING, summary: 'The team that answers for the rule.' },
  runbook: { name: 'runbook', form: STRING, summary: 'Where to read what to do about a violation.' },
  tags: { name: 'tags', form: STRINGS, summary: 'Words to select rules by.' },
  evidence: {
    name: 'evidence',
    form: STRINGS,
    summary: 'Controls the rule is evidence for, such as "SOC2:CC6.1".',
  },
  enabled: { name: 'enabled', form: BOOL, summary: 'false: checked but not run.' },
  required: { name: 'required', form: BOOL, summary: 'true: a clause that cannot tell is a violation.' },
  idle: {
    name: 'idle',
    form: BOOL,
    summary:
      'true: accepts that no span has what the clauses are about; without it such cases are vacuous, not passed.',
  },
  skewNs: { name: 'skew', form: DURATION, summary: 'Tolerance for clocks that differ between hosts.' },
  overNs: {
    name: 'over',
    form: DURATION,
    summary:
      'Makes the clauses compare series over many traces, window by window of this length; `every 1m` behind it starts one each minute.',
  },
  across: {
    name: 'across',
    form: FLOW_KEY,
    summary:
      'Makes the rule judge a flow, the spans of one key in whatever traces they are: `across span.order.id within 1h`, or `across links within 10m`.',
  },
  closesAfterNs: {
    name: 'closes after',
    form: DURATION,
    summary: 'How long a live trace may stay quiet before it is judged.',
  },
  onPartial: {
    name: 'on partial',
    form: word(['report', 'skip']),
    summary: 'What to do when a trace closes without its root or with parents missing.',
  },
};

/** What there is to know of a setting apart from its value. */
export interface SettingInfo {
  readonly key: SettingKey;
  /** As it is written. */
  readonly name: string;
  /** Whether it is written with `=`: all but `over 5m`, `across span.a within 1h`, `closes after 30s`, `on partial skip`. */
  readonly isAssigned: boolean;
  readonly type: SettingType;
  readonly summary: string;
}

const UNASSIGNED: ReadonlySet<string> = new Set(['over', 'across', 'closes after', 'on partial']);

export const SETTINGS: readonly SettingInfo[] = (Object.keys(DEFINITIONS) as SettingKey[]).map((key) => {
  const { name, form, summary } = DEFINITIONS[key];
  return { key, name, isAssigned: !UNASSIGNED.has(name), type: form.type, summary };
});

const BY_NAME: ReadonlyMap<string, SettingInfo> = new Map(SETTINGS.map((setting) => [setting.name, setting]));

/** The setting that is written so. */
export function settingNamed(name: string): SettingInfo | undefined {
  return BY_NAME.get(name);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Decodes the settings of a rule; a faulty setting is reported and leaves its default. */
export function decodeSettings(rule: Pick<CaseRuleItem, 'settings'>, report: Report): RuleSettings {
  const decoded: Mutable<RuleSettings> = { ...DEFAULT_SETTINGS };
  const first = new Map<string, Range>();
  for (const setting of rule.settings) {
    const name = setting.name.text;
    const known = settingNamed(name);
    if (known === undefined) {
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
    const isRead = decodeInto(decoded, known.key, setting.value, report);
    if (isRead && setting.every !== undefined) decoded.everyNs = setting.every.value;
  }
  return decoded;
}

/** Sets what the value says; whether it says anything. */
function decodeInto<K extends SettingKey>(
  decoded: Mutable<RuleSettings>,
  key: K,
  value: SettingValue,
  report: Report,
): boolean {
  const { name, form }: Definition<K> = DEFINITIONS[key];
  const read = form.decode(name, value, report);
  if (read === undefined) return false;
  decoded[key] = read;
  return true;
}

/** What settings are called elsewhere. */
const SETTINGS_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...['title', 'name', 'message', 'msg', 'displayName'].map((word) => [word, 'summary'] as const),
  ...['desc', 'details', 'help', 'doc'].map((word) => [word, 'description'] as const),
  ...['level', 'priority', 'sev'].map((word) => [word, 'severity'] as const),
  ...['team', 'contact', 'author', 'responsible'].map((word) => [word, 'owner'] as const),
  ...['labels', 'label', 'groups'].map((word) => [word, 'tags'] as const),
  ...['controls', 'control', 'compliance'].map((word) => [word, 'evidence'] as const),
  ...['active', 'enable'].map((word) => [word, 'enabled'] as const),
  ...['runbook_url', 'playbook', 'url', 'link'].map((word) => [word, 'runbook'] as const),
]);

function reportUnknown(setting: Setting, report: Report): void {
  const name = setting.name.text;
  const assigned = SETTINGS.filter(({ isAssigned }) => isAssigned).map((settingInfo) => settingInfo.name);
  const near = SETTINGS_ELSEWHERE.get(name) ?? suggest(name, assigned);
  if (near === undefined) {
    const known = SETTINGS.map((settingInfo) => settingInfo.name).join(', ');
    report('BT2101', setting.name.range, `There is no setting \`${name}\`. The settings are: ${known}.`, {
      fixes: guesses([removeFix(`Remove \`${name}\``, setting.range)]),
    });
    return;
  }
  report('BT2101', setting.name.range, `There is no setting \`${name}\`; did you mean \`${near}\`?`, {
    fixes: [replaceFix(`Change to \`${near}\``, setting.name.range, near)],
  });
}
