/** Random searches in the words of the stored blocks of the tests: text, as a person would write it. */

import fc from 'fast-check';
import { SPANSET_OPERATORS } from '../../../engine/language/tree/operators.js';
import { pick, weighted } from './expression.js';

/** Fields, and values that occur, nearly occur, or are of another type. */
const WORDS: readonly (readonly [string, readonly string[]])[] = [
  ['name', ['"db.query"', '"redis.get"', '"payment.charge_card"', '"POST /checkout"', '"wide"', '""']],
  ['parent.name', ['"checkout.place_order"', '"exotic 3"', '"GET /users/:id"']],
  ['root.name', ['"POST /checkout"', '"deployment.initiated"']],
  ['rootName', ['"POST /checkout"', '"GET /product/:id"']],
  ['rootServiceName', ['"frontend"', '"deployer"']],
  ['resource.service.name', ['"postgres"', '"payment"', '"cache"', '"agent"', '"nosuch"']],
  ['parent.resource.service.name', ['"frontend"', '"catalog"']],
  ['.service.name', ['"payment"', '"checkout"']],
  ['resource.k8s.pod.name', ['"payment-7d9f-1"', '"cache-7d9f-0"']],
  ['resource.service.version', ['"1.0.0"', '"1.2.0"', '1']],
  ['kind', ['server', 'client', 'internal', 'consumer', 'unspecified']],
  ['status', ['error', 'ok', 'unset']],
  ['statusMessage', ['"bad gateway"', '""']],
  ['duration', ['1ms', '20ms', '500ms', '2s', '0', '1000000', '1e7']],
  ['parent.duration', ['10ms', '1s']],
  ['trace:duration', ['100ms', '3s']],
  ['span.amount', ['1000', '1016.4', '1000.5', '"1000"', '20']],
  ['.amount', ['500', '2078.43']],
  ['span.order.items', ['1', '5', '5.0', '4.5', '"5"', 'true']],
  ['span.http.response.status_code', ['200', '404', '502', '200.0', '"200"']],
  ['span.http.status_code', ['200', '"200"']],
  ['span.http.request.method', ['"GET"', '"POST"', '1']],
  ['span.url.path', ['"/checkout"', '"/assistant"']],
  ['span.server.address', ['"stripe.example"', '"square.example"']],
  ['span.mixed.type', ['7', '7.5', '7.0', '"seven"', 'true', 'false', '"7"']],
  ['span.list.str', ['"a"', '"b"', '"z"', '1', '""']],
  ['span.db.fields', ['"ssn"', '"email"']],
  ['span."ünï.cødé"', ['"naïve ✓ 漢字"', '"x"']],
  ['span."quoted \\"key\\""', ['"a\\"b\\\\c"', '`a"b\\c`']],
  ['span.empty.string', ['""', '"a"']],
  ['span.big.int', ['9007199254740991', '9007199254740992', '9007199254740991.0', 'maxInt']],
  ['span.neg.int', ['-42', '-42.0', '0', 'minInt']],
  ['span.float.small', ['1.5e-12', '0', '1']],
  ['span.exotic.kind', ['0', '3', '9', '3.5']],
  ['span.cache.hit', ['true', 'false', '"true"', '1']],
  ['span.depth', ['0', '30', '59']],
  ['span.i', ['0', '199']],
  ['span.fraud.score', ['0.5', '0.364', '1']],
  ['span.gen_ai.usage.input_tokens', ['572', '5000', '512.5']],
  ['span.nosuch', ['1', '"a"', 'true']],
  ['event:name', ['"exception"', '"evt2"']],
  ['event.n', ['0', '3', '4.0']],
  ['event.level', ['"warn"', '"info"']],
  ['event.exception.type', ['"TimeoutError"']],
  ['event:timeSinceStart', ['0', '1ms']],
  ['link:spanID', ['""', '"edf77ec296923b40"']],
  ['instrumentation:name', ['"otel-cache"', '"otel-payment"']],
  ['instrumentation:version', ['"1.2.0"']],
  ['nestedSetParent', ['-1', '0']],
  ['span:childCount', ['0', '1', '10', '2.0']],
  ['span:parentID', ['""', '"0000000000000000"']],
  ['trace:id', ['"00a7a1d91de84cc559b98d9901ebe4d2"', '"A7A1d91de84cc559b98d9901ebe4d2"', '""']],
];

const comparison = pick(...WORDS).chain(([field, values]) => {
  const value = pick(...values);
  const plain = fc
    .tuple(pick('=', '=', '!=', '<', '<=', '>', '>='), value, fc.boolean())
    .map(([operator, value, turned]) =>
      turned && (operator === '=' || operator === '!=')
        ? `${value} ${operator} ${field}`
        : `${field} ${operator} ${value}`,
    );
  const list = fc
    .tuple(pick('in', 'not in'), fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([operator, all]) => `${field} ${operator} (${all.join(', ')})`);
  const text = fc
    .tuple(
      pick('=~', '!~', 'contains', 'starts with'),
      pick('"a"', '".*e.*"', '"[a-p].*"', '"e"', '""', '"(a|b)"', '"0.*"', '"seven|TimeoutError"'),
    )
    .map(([operator, text]) => `${field} ${operator} ${text}`);
  const presence = pick('=', '!=').map((operator) => `${field} ${operator} nil`);
  return weighted([8, plain], [2, list], [2, text], [1, presence]);
});

const numbers = pick(
  'span.amount',
  'span.order.items',
  'span.exotic.kind',
  'span.mixed.type',
  'span.depth',
  'duration',
  'parent.span.depth',
  'span.neg.int',
  'span:childCount',
  'span.quantity',
  'root.duration',
);
const calculation = fc
  .tuple(
    numbers,
    pick('+', '-', '*', '/', '%', '^'),
    weighted([2, pick('2', '3', '0', '0.5', '-1')], [1, numbers]),
  )
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);
const calculated = fc
  .tuple(
    calculation,
    pick('=', '!=', '<', '>=', '>'),
    weighted([2, pick('0', '1', '4', '9.0', '1000000')], [1, numbers]),
  )
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);
const betweenFields = fc
  .tuple(pick(...WORDS), pick('=', '!=', '<', '>'), pick(...WORDS))
  .map(([[left], operator, [right]]) => `${left} ${operator} ${right}`);

const atom = weighted([8, comparison], [2, calculated], [1, betweenFields]);

const expression = fc.letrec<{ any: string; joined: string; negated: string }>((tie) => ({
  any: fc.oneof({ maxDepth: 2 }, { weight: 3, arbitrary: atom }, tie('joined'), tie('negated')),
  joined: fc
    .tuple(tie('any'), pick('&&', '&&', '||'), tie('any'), fc.boolean())
    .map(([left, operator, right, group]) =>
      group ? `(${left}) ${operator} (${right})` : `${left} ${operator} ${right}`,
    ),
  negated: tie('any').map((inner) => `!(${inner})`),
})).any;

const filter = weighted([6, expression.map((text) => `{ ${text} }`)], [1, fc.constant('{ }')]);

const relation = pick(...SPANSET_OPERATORS);

const stage = weighted<string>(
  [
    3,
    fc
      .tuple(
        pick(
          'count()',
          'max(duration)',
          'min(span.amount)',
          'avg(duration)',
          'sum(span.order.items)',
          'max(span.mixed.type)',
        ),
        pick('=', '!=', '<', '>', '>='),
        pick('0', '1', '2', '7', '10ms', '100ms', '500.5'),
      )
      .map((parts) => parts.join(' ')),
  ],
  [
    2,
    pick(
      'name',
      'resource.service.name',
      'kind',
      'status',
      'span.mixed.type',
      'span.list.str',
      'span.nosuch',
      'parent.name',
      'span.exotic.kind % 3',
      'duration > 10ms',
      'kind, status',
      '.tenant.id',
      'trace:id',
    ).map((by) => `by(${by})`),
  ],
  [1, fc.constant('coalesce()')],
  [
    1,
    pick('duration, span.amount', 'span.mixed.type, parent.name', 'event.n').map((all) => `select(${all})`),
  ],
  [2, filter],
);

const spansets = weighted<string>(
  [4, filter],
  [3, fc.tuple(filter, relation, filter).map((parts) => parts.join(' '))],
  [
    1,
    fc
      .tuple(filter, relation, filter, relation, filter, fc.boolean())
      .map(([a, first, b, second, c, right]) =>
        right ? `${a} ${first} (${b} ${second} ${c})` : `${a} ${first} ${b} ${second} ${c}`,
      ),
  ],
);

const line = fc
  .tuple(spansets, fc.array(stage, { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest].join(' | '));

/** Text of a search, now and then one that the checker refuses. */
export const aRealSearch: fc.Arbitrary<string> = weighted<string>(
  [6, line],
  [1, fc.tuple(line, relation, line).map(([a, operator, b]) => `(${a}) ${operator} (${b})`)],
);
