import type { ResolvedFlowRule } from '../../../engine/language/link/resolved.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { resolvedRules } from './resolved-rules.js';

/** A text that a rule across traces may have. */
export interface FlowVariant {
  readonly resolved: ResolvedFlowRule;
  /** Whether a case may depend on what starts before its bound span. */
  readonly looksBack: boolean;
}

/** Rules across the generated traces, each with texts that one may be revised to, and whether these look back. */
const TEXTS: Readonly<Record<string, readonly (readonly [text: string, looksBack: boolean])[]>> = {
  'flow-after': [
    ['across span.k within 10s when { name = "a" } as x always { name = "b" } after x within 4s', false],
    ['across span.k within 6s when { name = "a" } as x always { name = "c" } after x within 2s', false],
  ],
  'flow-before': [
    ['across span.k within 8s when { name = "b" } as x always { name = "a" } before x', true],
    ['enabled = false across span.k within 8s when { name = "b" } as x always { name = "a" } before x', true],
  ],
  'flow-count': [
    [
      'across .k within 5s when { name = "a" } as x never count({ name = "a" && span:start >= x.start }) > 2',
      false,
    ],
    ['across resource.k within 9s when { name = "a" } as x never count({ name = "a" }) > 3', true],
  ],
  'flow-piece': [
    ['across span.k within 3s never count({ name = "c" }) > 1', true],
    ['across (span.k, resource.service.name) within 5s never { status = error } after { name = "c" }', true],
  ],
  'flow-links': [
    ['across links within 6s when { name = "b" } as x always { name = "a" } after x within 3s', false],
    ['across links within 12s when { name = "b" } as x never { name = "a" && status = error }', true],
  ],
  'flow-field': [
    ['across span.k within 7s when { name = "a" } as x always x.span.n < 2', false],
    [
      'across resource.service.name within 7s when { } as x never { span.n > x.span.n } after x within 5s',
      false,
    ],
  ],
  'flow-pair': [
    [
      'across span.k within 4s when { name = "a" } as x and { name = "b" } as y always { name = "c" } between x and y',
      true,
    ],
  ],
};

export const NAMES_OF_FLOW_RULES: readonly string[] = Object.keys(TEXTS);

/** For each rule, the texts that it may have. */
export const FLOW_VARIANTS: Readonly<Record<string, readonly FlowVariant[]>> = Object.fromEntries(
  Object.entries(TEXTS).map(([name, texts]) => [
    name,
    texts.map(([text, looksBack]) => ({
      resolved: ofKind(resolvedRules(`rule ${name} { ${text} }`), 'flow')[0]!,
      looksBack,
    })),
  ]),
);
