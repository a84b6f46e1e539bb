import { expect, test } from 'vitest';
import { readText } from '../../../server/cli/replay/text.js';

test('what a bucket was asked for is reported with the kind of credentials, and what had to be asked again', () => {
  const read = {
    storage: 's3://traces/tempo',
    lists: 3,
    gets: 1200,
    bytes: 18_000_000,
    retried: 0,
    hedged: 0,
  };
  expect(readText({ ...read, identity: 'the AWS profile' })).toBe(
    'read from s3://traces/tempo with the AWS profile: 1,203 requests, 18 MB',
  );
  expect(readText({ ...read, identity: undefined, retried: 2, hedged: 1 })).toBe(
    'read from s3://traces/tempo: 1,203 requests (2 made again, 1 made twice), 18 MB',
  );
});
