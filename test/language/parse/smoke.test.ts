import { describe, expect, it } from 'vitest';
import { parseFileCounted } from '../../../engine/language/parse.js';

describe('parseFile', () => {
  it('reads a rule', () => {
    const { file, diagnostics, parses } = parseFileCounted(
      'rule r { severity = high always { name = "fraud.check" } before c within 30s }',
    );
    expect(diagnostics).toEqual([]);
    expect(parses).toBe(1);
    expect(file.items[0]).toMatchObject({ kind: 'rule', id: { text: 'r' }, clauses: [{ kind: 'always' }] });
  });
});
