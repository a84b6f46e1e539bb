import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { observeStorage } from '../../../server/service/storage-metrics.js';
import { MemoryStore, storageOf } from './memory-store.js';

test('metrics of a service count its requests to a bucket', async () => {
  const store = new MemoryStore();
  store.put('tenant/x', 'hello');
  const storage = storageOf(store);
  const registry = new Registry();
  observeStorage(registry, storage);
  await storage.list('');
  await storage.read('tenant/x');
  await storage.read('tenant/x');
  for (const _ of [1, 2]) {
    const text = await registry.metrics();
    expect(text).toMatch(/^betrace_storage_lists_total 1$/m);
    expect(text).toMatch(/^betrace_storage_reads_total 2$/m);
    expect(text).toMatch(/^betrace_storage_read_bytes_total 10$/m);
    expect(text).toMatch(/^betrace_storage_retries_total 0$/m);
  }
});
