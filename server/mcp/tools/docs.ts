import { HttpError } from '../../http/http-error.js';
import type { Section } from '../docs.js';
import { defineTool, input, type Tool } from '../tool.js';

export function docsTool(sections: readonly Section[]): Tool {
  const titles = sections.map(({ title }) => title);
  return defineTool<{ readonly section?: string }>({
    name: 'betrace-docs',
    title: 'How rules and queries are written',
    description:
      'The reference of BeTraceDSL: TraceQL plus rules. Without a section: a first example and the names of sections. Read "Rules", "Patterns" and "Conditions" before you write a rule, "Queries" and "Metrics" before a query.',
    input: input({ section: { enum: titles, description: 'One section.' } }),
    async run({ args }) {
      const section = sections.find(({ title }) => title === (args.section ?? titles[0]));
      if (section === undefined) throw new HttpError(404, 'there is no such section');
      return { ...(args.section === undefined && { sections: titles }), text: section.text };
    },
  });
}
