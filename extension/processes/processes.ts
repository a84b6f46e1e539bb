import { minimiseTest } from './minimise-test.js';
import type { Processes } from './port.js';
import { runTests } from './run-tests.js';
import { sampleOf } from './sample.js';
import { startService } from './start-service.js';

export const processes: Processes = { startService, runTests, minimiseTest, sampleOf };
