import { printField } from '../../print/print-field.js';
import { insertFix, removeFix, replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import { bindingsOf } from '../../scope/scope.js';
import type {
  CaseRuleItem,
  Condition,
  DurationLiteral,
  Field,
  FlowKey,
  Relation,
  Setting,
} from '../../tree/ast.js';
import { intrinsicInfo } from '../../tree/intrinsics.js';
import { durationText } from '../../tree/literals.js';

const DAY_NS = 86_400_000_000_000n;
/** Longer than a year: rules of the law count in years. */
const FARTHEST_NS = 400n * DAY_NS;

/** Relations that compare the end of the first span, which is to come first. */
const BY_END: ReadonlySet<Relation> = new Set(['before', 'ends before']);

/** Settings about a trace that is still open. */
const ONE_TRACE: ReadonlySet<string> = new Set(['closes after', 'on partial']);

/** Checks what makes a rule one across traces: its key, how far it looks, and what has no effect next to it. */
export function checkAcross(rule: CaseRuleItem, settings: readonly Setting[], report: Report): void {
  const setting = settings.find(({ name }) => name.text === 'across');
  if (setting?.value.kind !== 'flow key') return;
  const key = setting.value;
  if (key.fields.length === 0 && bindingsOf(rule).length === 0)
    report(
      'BT2706',
      setting.range,
      '`across links` starts from a bound span: bind one, as in `when { name = "pii.read" } as r`.',
    );
  checkFields(setting, key, report);
  checkWithin(key, report);
  for (const { name, range } of settings) {
    if (!ONE_TRACE.has(name.text)) continue;
    report('BT2707', name.range, `\`${name.text}\` has no effect with \`across\`.`, {
      fixes: [removeFix(`Remove \`${name.text}\``, range)],
    });
  }
  if (key.within !== undefined)
    for (const { condition } of rule.clauses) checkBounds(condition, key.within, report);
}

function checkFields(setting: Setting, { fields, range }: FlowKey, report: Report): void {
  const known = new Set<string>();
  for (const field of fields) {
    const text = printField(field);
    if (field.kind === 'intrinsic' && field.name === 'trace:id' && isOwn(field)) {
      report(
        'BT2704',
        field.range,
        'A flow of one trace id is a trace, which rules without `across` judge.',
        {
          fixes: [removeFix('Remove `across`', setting.range)],
        },
      );
    } else if (!isKey(field)) {
      report('BT2703', field.range, `\`${text}\` is no key of a flow: ${whyNot(field)}.`, {
        fixes:
          field.kind === 'attribute' && field.scope === 'any' && field.hop === 'self'
            ? [replaceFix(`Write span.${text}`, field.range, `span.${text}`)]
            : [],
      });
    } else if (known.has(text)) {
      report('BT2705', field.range, `\`${text}\` is part of the key already.`, {
        fixes: [replaceFix('Name it once', range, keyText([...new Set(fields.map(printField))], setting))],
      });
    }
    known.add(text);
  }
}

function keyText(fields: readonly string[], { value }: Setting): string {
  const within = value.kind === 'flow key' && value.within !== undefined ? ` within ${value.within.raw}` : '';
  return `${fields.length === 1 ? fields[0]! : `(${fields.join(', ')})`}${within}`;
}

function isOwn({ bound, hop }: Field): boolean {
  return bound === undefined && hop === 'self';
}

function isKey(field: Field): boolean {
  if (!isOwn(field)) return false;
  if (field.kind === 'attribute') return field.scope !== 'event' && field.scope !== 'link';
  switch (field.name) {
    case 'span:name':
    case 'span:kind':
    case 'span:status':
    case 'span:statusMessage':
    case 'instrumentation:name':
    case 'instrumentation:version':
      return true;
    default:
      return false;
  }
}

function whyNot(field: Field): string {
  if (field.bound !== undefined) return 'no span is bound where settings stand';
  if (field.hop !== 'self') return 'a span has the key of the spans above it anyway';
  const owner = field.kind === 'attribute' ? field.scope : intrinsicInfo(field.name).of;
  if (owner === 'event' || owner === 'link') return `a span may have many ${owner}s`;
  return 'it is about a place in one trace, or different on nearly every span';
}

function checkWithin({ within, range }: FlowKey, report: Report): void {
  if (within === undefined) {
    report('BT2701', range, 'Say how far a case looks: `within 1h`.', {
      fixes: [insertFix('Look one hour far', range.end, ' within 1h')],
    });
  } else if (within.value <= 0n) {
    report('BT2702', within.range, 'A case looks further than to its own spans.');
  } else if (within.value > FARTHEST_NS) {
    report('BT2702', within.range, `A case looks ${FARTHEST_NS / DAY_NS} days far at most.`);
  }
}

/** Warns of bounds that are longer than a case can see. */
function checkBounds(condition: Condition, within: DurationLiteral, report: Report): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) checkBounds(operand, within, report);
      return;
    case 'not':
      checkBounds(condition.operand, within, report);
      return;
    case 'relation':
    case 'sequence': {
      const limit = condition.bound.within;
      if (limit === undefined || limit.value < within.value || within.value <= 0n) return;
      // What a case sees depends on when spans start, and `before` on when they end.
      const isByEnd = condition.kind === 'relation' && BY_END.has(condition.relation);
      const far = isByEnd ? durationText(2n * limit.value) : limit.raw;
      const fixes = [replaceFix(`Look ${far} far`, within.range, far)];
      if (limit.value > within.value)
        report(
          'BT2708',
          limit.range,
          `A case sees ${within.raw} far, so no span is ever found so late as \`${limit.raw}\` allows.`,
          { fixes },
        );
      else if (isByEnd)
        report(
          'BT2710',
          limit.range,
          `A case sees spans that start ${within.raw} before it at most: one that starts earlier, and ends within \`${limit.raw}\`, is not found.`,
          { fixes },
        );
      return;
    }
    case 'exists':
    case 'compare':
  }
}
