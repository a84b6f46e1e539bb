import type { Processes } from '../client/platform.js';
import { runTests } from './run-tests.js';
import { startService } from './start-service.js';

export const processes: Processes = { startService, runTests };
