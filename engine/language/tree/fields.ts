/** What field a token spells. */

import type { AttributeScope, Field, FieldHop, Name, Range } from './ast.js';
import { intrinsicAfterDot, intrinsicOf } from './intrinsics.js';
import { splitAttributeName } from './literals-attribute.js';

/** The field of a bare word or a scoped intrinsic token. Undefined for `span:nosuch`. */
export function intrinsicField(text: string, range: Range): Field | undefined {
  const spelling = text.replace(/\s+/gu, '');
  const name = intrinsicOf(spelling);
  if (name === undefined) return undefined;
  return { kind: 'intrinsic', hop: 'self', name, ...(spelling === name ? {} : { spelling }), range };
}

const SCOPE_PREFIX = /^(span|resource|event|link|instrumentation)\./u;
const HOP_PREFIX = /^(parent|root)\./u;

/**
 * The field that an attribute token spells: `.a`, `span."a b"`, `parent.name`, `c.root.resource.x`.
 * A name in front of the first dot that is no scope is a bound span.
 */
export function fieldOfToken(text: string, range: Range): Field {
  const dot = text.indexOf('.');
  const head = text.slice(0, dot);
  const tail = text.slice(dot + 1);
  if (head === '') return attribute('any', tail, 'self', undefined, range);
  if (SCOPE_PREFIX.test(text)) return attribute(head as AttributeScope, tail, 'self', undefined, range);
  if (head === 'parent' || head === 'root') return afterDot(tail, head, undefined, range);
  const bound: Name = { text: head, range: { start: range.start, end: range.start + head.length } };
  const hop = HOP_PREFIX.exec(tail)?.[1];
  return hop === 'parent' || hop === 'root'
    ? afterDot(tail.slice(hop.length + 1), hop, bound, range)
    : afterDot(tail, 'self', bound, range);
}

function afterDot(tail: string, hop: FieldHop, bound: Name | undefined, range: Range): Field {
  const name = intrinsicAfterDot(tail);
  if (name !== undefined) {
    return {
      kind: 'intrinsic',
      ...(bound === undefined ? {} : { bound }),
      hop,
      name,
      ...(tail === name ? {} : { spelling: tail }),
      range,
    };
  }
  const scope = SCOPE_PREFIX.exec(tail)?.[1];
  if (scope === undefined) return attribute('any', tail.replace(/^\./u, ''), hop, bound, range);
  return attribute(scope as AttributeScope, tail.slice(scope.length + 1), hop, bound, range);
}

function attribute(
  scope: AttributeScope,
  key: string,
  hop: FieldHop,
  bound: Name | undefined,
  range: Range,
): Field {
  return {
    kind: 'attribute',
    ...(bound === undefined ? {} : { bound }),
    hop,
    scope,
    key: splitAttributeName(key),
    range,
  };
}
