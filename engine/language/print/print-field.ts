import type { Field } from '../tree/ast.js';
import { intrinsicAfterDot, shortestSpelling, spellingAfterDot } from '../tree/intrinsics.js';
import { attributeNameText } from '../tree/literals-attribute.js';

/** A field in its shortest spelling: `duration`, `.a`, `c.parent.start`. Keys are quoted where they need it. */
export function printField(field: Field): string {
  const bound = field.bound === undefined ? '' : `${field.bound.text}.`;
  const prefix = `${bound}${field.hop === 'self' ? '' : `${field.hop}.`}`;
  if (field.kind === 'intrinsic') {
    return prefix === '' ? shortestSpelling(field.name) : `${prefix}${spellingAfterDot(field.name)}`;
  }
  if (field.scope !== 'any') return `${prefix}${field.scope}.${attributeNameText(field.key)}`;
  if (prefix === '') return `.${attributeNameText(field.key, (key) => !/^[\d.]/u.test(key))}`;
  return `${prefix}${attributeNameText(field.key, (key) => !meansMoreAfterDot(key))}`;
}

/** Whether a key behind `c.` or `parent.` would be read as something else: an intrinsic, a scope, a hop. */
function meansMoreAfterDot(key: string): boolean {
  return (
    intrinsicAfterDot(key) !== undefined ||
    /^(?:span|resource|event|link|instrumentation|parent|root)\.|^\./u.test(key)
  );
}
