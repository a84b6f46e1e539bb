import { expect, test } from 'vitest';
import { defineCommand } from '../../../server/cli/args/command.js';
import { COMMANDS } from '../../../server/cli/commands.js';
import { runCli } from '../../../server/cli/run.js';
import { betrace, recorder } from './support.js';

const echo = defineCommand({
  name: 'echo',
  summary: 'repeat',
  usage: 'WORDS…',
  positionals: 'WORDS',
  options: {
    loud: { type: 'boolean', short: 'l', help: 'louder' },
    times: { type: 'string', value: 'N', help: 'how often' },
    tag: { type: 'string', multiple: true, help: 'may be repeated' },
  },
  examples: [],
  async run(options, positionals, terminal) {
    terminal.out(JSON.stringify([options, positionals]));
    return 0;
  },
});

async function start(...args: readonly string[]): Promise<unknown> {
  const terminal = recorder();
  await echo.start(args, terminal);
  return JSON.parse(terminal.text.out);
}

test('options and positionals are read in any order', async () => {
  expect(await start('a', '-l', '--times', '3', 'b', '--tag=x', '--tag', 'y')).toEqual([
    { loud: true, times: '3', tag: ['x', 'y'] },
    ['a', 'b'],
  ]);
  expect(await start('--times=-1', '--', '--loud')).toEqual([{ times: '-1' }, ['--loud']]);
});

test.each<[readonly string[], RegExp]>([
  [['--tims', '3'], /unknown option --tims\. Did you mean --times\?/],
  [['--zzz'], /^unknown option --zzz\.$/],
  [['-x'], /unknown option -x/],
  [['--toString'], /unknown option --toString/],
  [['--__proto__'], /unknown option --__proto__/],
  [['--times'], /--times needs a value: --times N/],
  [['--times', '--loud'], /--times needs a value/],
  [['--loud=yes'], /--loud takes no value/],
])('%j is a usage error', async (args, message) => {
  // Inside a promise: reading arguments throws at once.
  await expect((async () => echo.start(args, recorder()))()).rejects.toThrow(message);
});

test('the table of commands says what the commands say of themselves', async () => {
  for (const entry of COMMANDS) {
    const command = await entry.load();
    expect([command.name, command.summary]).toEqual([entry.name, entry.summary]);
    const terminal = recorder();
    expect(await runCli([entry.name, '--help'], terminal)).toBe(0);
    expect(terminal.text.out).toContain(`Usage: betrace ${entry.name} `);
    expect(terminal.text.out).toContain('Examples:\n  # ');
    for (const { command: example } of command.examples) expect(example).toMatch(`betrace ${entry.name}`);
    for (const option of Object.keys(command.options)) expect(terminal.text.out).toContain(`--${option}`);
  }
});

test.each<[readonly string[], number, RegExp, RegExp]>([
  [['--help'], 0, /^betrace: .*Commands:.*check.*blocks/s, /^$/],
  [['help'], 0, /^betrace: /, /^$/],
  [['help', 'blocks'], 0, /^betrace blocks: /, /^$/],
  [['--version'], 0, /^betrace \d+\.\d+\.\d+\n$/, /^$/],
  [[], 2, /^betrace: /, /^$/],
  [['chekc'], 2, /^$/, /^betrace: unknown command "chekc"\. Did you mean check\?\nSee betrace --help\.\n$/],
  [['\u001b[31mx'], 2, /^$/, /unknown command "\\u001b\[31mx"/],
  [['--verson'], 2, /^$/, /unknown option "--verson"/],
  [['blocks', 'stray', '--blocks', '/'], 2, /^$/, /"stray" is not expected/],
  [['blocks', '--', '--help'], 2, /^$/, /"--help" is not expected/],
  [['blocks'], 2, /^$/, /^betrace blocks: --blocks PLACE is needed.*\nSee betrace blocks --help\.\n$/],
])('betrace %j', async (args, code, out, err) => {
  const terminal = recorder();
  expect(await runCli(args, terminal)).toBe(code);
  expect(terminal.text.out).toMatch(out);
  expect(terminal.text.err).toMatch(err);
});

test('the command runs as a process', async () => {
  expect(await betrace(['--version'])).toMatchObject({ code: 0, err: '' });
  expect(await betrace(['nothing'])).toMatchObject({ code: 2, out: '' });
});
