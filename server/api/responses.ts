/** Responses that several operations give. */
import { type ResponseSpec, ref } from './operation.js';

function problem(description: string): ResponseSpec {
  return { description, content: { 'application/problem+json': ref('Problem') } };
}

export const NOT_FOUND = problem('There is none of that name for this tenant.');
export const CONFLICT = problem('It is not over yet, or ended without a result.');
export const UNSOUND = problem('The text has errors; `/rules/check` lists them.');
export const TOO_COSTLY = problem('The question needs more memory than one may use.');
