/** The requests of the service to a bucket: they cost money, and show that a store fails before anything is missing. */
import { Counter, type Registry } from 'prom-client';
import type { Storage, Traffic } from '../../engine/blocks/storage.js';

/** Nothing for blocks in a folder. */
export function observeStorage(registry: Registry, { traffic }: Storage): void {
  if (traffic === undefined) return;
  counter(
    registry,
    'betrace_storage_lists_total',
    'Requests for a page of names of a bucket.',
    traffic,
    'lists',
  );
  counter(
    registry,
    'betrace_storage_reads_total',
    'Requests for objects of a bucket, or parts of them.',
    traffic,
    'gets',
  );
  counter(registry, 'betrace_storage_read_bytes_total', 'Bytes of objects that were read.', traffic, 'bytes');
  counter(
    registry,
    'betrace_storage_retries_total',
    'Requests to a bucket that were made again, because one before had failed.',
    traffic,
    'retried',
  );
  counter(
    registry,
    'betrace_storage_hedged_total',
    'Requests to a bucket that were made twice, because the first took long.',
    traffic,
    'hedged',
  );
}

function counter(
  registry: Registry,
  name: string,
  help: string,
  traffic: Traffic,
  count: keyof Traffic,
): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      // The storage counts; this only shows it.
      this.reset();
      this.inc(traffic[count]);
    },
  });
}
