import { expect, test } from 'vitest';
import { addressOf, parsePlace } from '../../../engine/blocks/buckets/place.js';

test.each([
  ['s3://traces', { kind: 's3', bucket: 'traces', prefix: '' }],
  ['s3://traces/a/b/', { kind: 's3', bucket: 'traces', prefix: 'a/b' }],
  ['gs://my_bucket.example/tempo', { kind: 'gcs', bucket: 'my_bucket.example', prefix: 'tempo' }],
  [
    'azblob://account1/traces/tempo',
    { kind: 'azure', account: 'account1', container: 'traces', prefix: 'tempo' },
  ],
  ['/var/tempo', { kind: 'local', directory: '/var/tempo' }],
  ['C:\\tempo', { kind: 'local', directory: 'C:\\tempo' }],
] as const)('the address %s', (text, place) => {
  expect(parsePlace(text)).toEqual(place);
  expect(addressOf(parsePlace(text))).toBe(text.replace(/(?<=\w)\/$/, ''));
});

test.each([
  ['s3://', 'names no bucket'],
  ['s3://Upper', 'names no bucket'],
  ['s3://key:secret@traces', 'holds a "?", "#" or "@"'],
  ['gs://traces?x=1', 'holds a "?", "#" or "@"'],
  ['azblob://account1', 'names no account and container'],
  ['http://minio/traces', 'begins with "http://"'],
])('the address %s is refused, without being repeated', (text, message) => {
  expect(() => parsePlace(text)).toThrow(message);
  expect(() => parsePlace(text)).not.toThrow('secret');
});
