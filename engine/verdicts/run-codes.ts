import { errorCodes } from '../language/problems/codes/entry.js';

/** What keeps a question or a rule that is otherwise understood from being answered, `BT3xxx`. Part of the catalogue of all codes. */
export const RUN_CODES = errorCodes({
  BT3001: {
    title: 'range or step cannot be used',
    explanation: 'The end of the range is not after its start, or the step is not positive.',
    advice: 'Ask for a range that ends after it starts, and for a step of at least one millisecond.',
  },
  BT3002: {
    title: 'too many intervals',
    explanation: 'The range holds more steps than a series may have points.',
    advice: 'Ask for a longer step or a shorter range.',
  },
  BT3003: {
    title: 'too many series',
    explanation:
      'The query makes more series, or more points over all series, than fit in memory with certainty. A part of them would be an answer that looks whole and is not.',
    advice: 'Group by fewer or less varied attributes, narrow the filter, or ask for a longer step.',
  },
  BT3004: {
    title: 'too many attributes to compare',
    explanation:
      '`compare()` counts the values of every attribute, and the blocks of the range have too many of them.',
    advice: 'Ask for a shorter range, or count by the attributes of interest.',
  },
  BT3005: {
    title: 'a rule that the database refuses',
    explanation:
      'The database gave an error for this rule, such as an expression that is too complex for it. The other rules are judged; of this one there is what was found before.',
    advice:
      'Simplify the rule, or split it, and report the text of the error: rules that `betrace check` accepts should run.',
  },
  BT3006: {
    title: 'a rule that takes too long',
    explanation:
      'The rule took longer over one part of the traces than one rule may, and was stopped. The other rules are judged; of this one there is what was found before. Tests that compare every pair of many spans of a trace take long.',
    advice:
      'Narrow the filters of the rule, bind fewer spans, or allow more time: `--rule-timeout`, or `replay.rule_timeout` of the service.',
  },
  BT3007: {
    title: 'a rule that needs too much memory',
    explanation:
      'The rule needed more memory than the run has, even alone over the fewest traces. The other rules are judged; of this one there is what was found before.',
    advice: 'Narrow the filters of the rule, bind fewer spans, or give the run more memory.',
  },
  BT3008: {
    title: 'a rule over many traces that counts too much',
    explanation:
      'Over all its windows the rule needs more counts, values of a quantile, or changes of series than fit in memory and time with certainty. The other rules are judged. This is apart from the number of series of one window, beyond which that window alone is not judged.',
    advice:
      'Judge a shorter range, group by fewer or less varied attributes, narrow the filters, or let windows start further apart.',
  },
  BT3009: {
    title: 'extrapolation that is not answered',
    explanation:
      '`with (extrapolate = true)` asks Tempo to count each span as often as its trace state says that it stands for others. Trace states are not read here, and counts without them would look the same and be too small.',
    advice: 'Leave the hint out, and multiply by what one stored span stands for: `({ } | rate()) * 10`.',
  },
  BT3010: {
    title: 'violations cannot be counted by that',
    explanation:
      'Violations are counted by what is known of them, and by fields of the span that each is about: its attributes, those of its resource and scope, its name, kind, status, duration, times and id. Fields of its parent, root, trace, events and links are not.',
    advice: 'Group by another field, such as resource.service.version.',
  },
  BT3011: {
    title: 'A rule across traces in a query',
    explanation:
      'A query counts the violations of rules that judge each trace by itself, and of rules over windows of time. Those of a rule across traces are found by a replay.',
    advice: 'Replay the rule over the range: betrace replay tells its violations and when they were.',
  },
  BT3012: {
    title: 'a file that is no share of a replay',
    explanation:
      'The file is not what `betrace replay --shard` of this version writes, or not all of it: the share was stopped, or the file was changed afterwards.',
    advice: 'Run the share again, and merge shares by the version of betrace that made them.',
  },
  BT3013: {
    title: 'shares that do not belong together',
    explanation:
      'Shares are of one replay only if they have the same rules, tenant, range, bounds and blocks, and divide the traces in the same way. Added up, others would count traces twice or not at all.',
    advice:
      'Run the shares that differ again with the same rules and options; where blocks have changed meanwhile, run all of them again, over a range that is compacted already.',
  },
  BT3014: {
    title: 'a share that is missing, or there twice',
    explanation:
      'A replay is the sum of all of its shares, each once. Without one of them its traces would pass for traces that are not there.',
    advice: 'Give each share once; run those that are missing.',
  },
  BT3015: {
    title: 'a share that cannot be asked for that',
    explanation:
      'What is different about violations, and what violation spans say of since when a rule is violated, is known only of all traces together; and without both ends of a range shares would judge different ones.',
    advice:
      'Leave the option out, or replay in one process; give --from and --to as times, not as durations.',
  },
  BT3016: {
    title: 'a question that the engine does not answer yet',
    explanation:
      'ClickHouse means something else by some of what a rule may ask, or has no words for it. What is not known to give the same answer is refused.',
    advice:
      'Ask DuckDB, which is the engine where nobody chooses: leave out `--engine`, or `engine.address` of the service.',
  },
  BT3017: {
    title: 'an engine that cannot be asked',
    explanation:
      'The server of `--engine`, or of `engine.address` of the service, does not answer, is too old, or does not let this user do what a replay does: make temporary tables, and read files or objects where the blocks are.',
    advice:
      'Check its address and who asks: CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, of the service the user in the address and BETRACE_ENGINE_PASSWORD. The log of the service has what the server said. The user needs CREATE TEMPORARY TABLE and the source that is read (FILE, S3, AZURE).',
  },
  BT3018: {
    title: 'a question that goes beyond a bound of the engine',
    explanation:
      'A statement took longer, or read more, than the server allows this user, or the address of the engine or the bounds of the service allow. What was found before is not shown, as it is not all.',
    advice:
      'Ask for a shorter range or fewer rules, or allow more: settings of ClickHouse are part of the address, `?max_execution_time=600`.',
  },
});

export type RunCode = keyof typeof RUN_CODES;
