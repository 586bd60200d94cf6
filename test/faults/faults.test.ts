import { afterAll } from 'vitest';
import { copiesFaults, startCopiesBackend, startWithoutServer } from './stage/copies.ts';
import { SEED } from './stage/form.ts';
import { mannerFaults, startHttpBackend } from './stage/http.ts';
import { networkFaults } from './stage/network.ts';
import { postgresFaults, startPostgresBackend } from './stage/postgres.ts';
import { redisFaults, startRedisBackend } from './stage/redis.ts';
import { table } from './stage/report.ts';
import { failover, startSentinelBackend } from './stage/sentinel.ts';
import { faultSuite } from './stage/suite.ts';

// Four writers and eight followers are at work while something happens to their server. Nobody may be served anything
// impossible, no commit may be lost, and soon after all must be as it was. `pnpm test:faults` for all of it.

afterAll(() => {
  process.stdout.write(`\n${table()}\n\nFAULTS_SEED=${SEED} repeats what was random in this.\n`);
});

faultSuite('PostgreSQL', { start: startPostgresBackend, faults: postgresFaults });
faultSuite('Redis', { start: startRedisBackend, faults: redisFaults });
faultSuite('Redis with Sentinels', {
  start: startSentinelBackend,
  faults: { 'kill -9, and failover to the replica': failover },
});
faultSuite('PostgreSQL, with copies on disk', {
  start: startCopiesBackend,
  faults: copiesFaults,
  more: { 'an application that starts while the server is away serves its copy, and says so': startWithoutServer },
});
faultSuite('HTTP', { start: startHttpBackend, faults: { ...networkFaults, ...mannerFaults } });
