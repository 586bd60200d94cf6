import { FlagError } from '@flagwright/core';
import { authenticator } from '../access/authenticator.ts';
import { bootstrap } from '../access/bootstrap.ts';
import type { Sender } from '../access/credentials.ts';
import { failureLimit } from '../access/failure-limit.ts';
import { insecure } from '../access/insecure.ts';
import { isLoopback } from '../access/loopback.ts';
import { rateLimiter } from '../access/rate-limiter.ts';
import { signer } from '../access/signer.ts';
import { applyOperations } from '../apply/operation.ts';
import { scheduler } from '../changes/scheduler.ts';
import { openDatabase } from '../database/open.ts';
import { within } from '../database/within.ts';
import { corsPolicy } from '../http/headers.ts';
import { type Listening, type ListenOptions, listen } from '../http/listen.ts';
import { jsonLogger } from '../http/log.ts';
import { metricsRegistry } from '../http/metrics.ts';
import { router } from '../http/router.ts';
import { processMetrics, requestMetrics } from '../http/server-metrics.ts';
import { manifestMounts } from '../manifest/manifest.ts';
import { evaluationMounts } from '../ofrep/mounts.ts';
import { ofrep } from '../ofrep/ofrep.ts';
import { DEFINITIONS } from '../schema/definitions.ts';
import { flagSets } from '../sets/flag-sets.ts';
import { noticing } from '../sets/noticing.ts';
import { streamShares } from '../sets/stream-shares.ts';
import { usageCounter } from '../usage/counter.ts';
import { usageUpkeep } from '../usage/upkeep.ts';
import { webhooks } from '../webhooks/webhooks.ts';
import { closers } from './closers.ts';
import { evaluationShortcut } from './evaluations.ts';
import { makeFirstStages } from './first-stages.ts';
import { gates } from './gates.ts';
import { logMetrics } from './log-metrics.ts';
import { manifestFlags } from './manifest-flags.ts';
import { serverOperations } from './operations.ts';
import type { ServerOptions } from './options.ts';
import { VERSION } from './version.ts';

/** A control plane that runs. */
export interface ControlPlaneServer {
  /** The first token, of an admin, if this is the first start: it is told nowhere else, and never again. */
  readonly firstToken: string | undefined;
  /** What the flags are kept in. */
  readonly engine: 'postgres' | 'pglite';
  /** Answers a request; `address` is where it comes from, if that is known. Never rejects. */
  handle(request: Request, address?: string): Promise<Response>;
  /** Serves over HTTP. Throws `FlagError`: `UNAVAILABLE` if the port is taken, `INVALID_ARGUMENT`. */
  listen(options?: ListenOptions): Promise<Listening>;
  /**
   * Begins nothing new, lets requests and deliveries that are under way end, then event streams, writes what was counted,
   * and closes the database: all of it within `patience` ms, 10,000 if left out.
   */
  close(patience?: number): Promise<void>;
}

const READS = { perSecond: 10_000, burst: 20_000 };
const WRITES = { perSecond: 100, burst: 500 };
const FAILURES = { perSecond: 20, burst: 100 };

/** How long `close` may take, in ms, and how much of that is kept for what comes after requests. */
const PATIENCE = 10_000;
const LAST = 3_000;

const noop = (): void => undefined;

/**
 * Opens a control plane over its database, which is made or updated first. Several may share a PostgreSQL.
 *
 * Throws `FlagError` as `openDatabase` does, and `INVALID_ARGUMENT` for options that make no sense.
 */
export async function createServer(options: ServerOptions = {}): Promise<ControlPlaneServer> {
  const { dataDirectory, database: connectionString, stages = ['dev', 'staging', 'production'] } = options;
  const { publicMetrics = false, log = jsonLogger(), maxBytes } = options;
  if (connectionString !== undefined && dataDirectory !== undefined) {
    throw new FlagError('INVALID_ARGUMENT', 'both database and dataDirectory are given; expected one of them');
  }
  const opened = await openDatabase({
    ...(connectionString === undefined ? { dataDirectory: dataDirectory ?? 'flagwright-data' } : { connectionString }),
    warn: (message) => log({ level: 'warn', message }),
  });
  const parts = closers();
  const closeAll = async (patience: number): Promise<void> => {
    const deadline = performance.now() + patience;
    await parts.close(patience);
    await opened.close(Math.max(0, deadline - performance.now()));
  };
  try {
    const sets = flagSets(opened);
    parts.add(() => sets.close());
    const database = noticing(opened, sets.changed);
    await makeFirstStages(database, stages);
    const firstToken = options.insecure === true ? undefined : await bootstrap(database);

    const metrics = metricsRegistry();
    logMetrics(metrics, log);
    const process = processMetrics(metrics, VERSION);
    parts.add(() => process.close());
    const who = authenticator(database, { failures: failureLimit(options.failures ?? FAILURES) });
    parts.add(() => who.close());
    const limits = rateLimiter({ ...(options.reads ?? READS), writes: options.writes ?? WRITES });
    const usage = usageCounter(database, { log });
    parts.add(() => usage.close());
    const shares = streamShares(options.streams);
    const remote = ofrep({
      sets,
      signer: await signer(database),
      publicUrl: options.publicUrl,
      served: usage.count,
      shares,
    });
    parts.add(() => remote.close());
    const cluster = gates(database);
    parts.add(() => cluster.store.close?.());

    const hooks = webhooks(database, { log, allowPrivate: options.allowPrivateWebhooks });
    const workers = [scheduler(database, { log }), usageUpkeep(database, { log }), hooks];
    for (const worker of workers) {
      parts.add(() => worker.close());
      worker.start();
    }

    const everybody = insecure();
    const authenticate =
      options.insecure === true
        ? async (sender: Sender) => everybody(sender)
        : (sender: Sender, address: string | undefined) => who.authenticate(sender, address);
    const meter = requestMetrics(metrics);
    const many = applyOperations(database, { charge: (one, changes) => limits.take(one, 'write', changes), log });
    const handle = router(serverOperations(database, metrics, publicMetrics, [...hooks.operations, ...many]), {
      authenticate,
      limit: limits.take,
      mounts: [...evaluationMounts(sets, remote, shares), ...manifestMounts(manifestFlags(database)), cluster.mount],
      definitions: DEFINITIONS,
      maxBytes,
      cors: options.cors,
      behindTls: options.behindTls,
      log,
      metrics: meter,
    });
    const shortcut = evaluationShortcut(remote.evaluations, {
      async admit(sender, address) {
        const principal = await authenticate(sender, address);
        limits.take(principal, 'read');
        return principal;
      },
      cors: corsPolicy(options.cors),
      behindTls: options.behindTls ?? false,
      metrics: meter,
    });

    const listening = new Set<Listening>();
    let closing: Promise<void> | undefined;
    return {
      firstToken,
      engine: opened.engine,
      handle,
      async listen(where = {}) {
        if (options.insecure === true && !isLoopback(where.host ?? '127.0.0.1')) {
          const hint = 'listen on 127.0.0.1, or use tokens';
          throw new FlagError('INVALID_ARGUMENT', `a server without tokens listens on loopback only. Hint: ${hint}`);
        }
        const one = await listen(handle, where, shortcut);
        listening.add(one);
        return one;
      },
      close(patience = PATIENCE) {
        closing ??= (async () => {
          const deadline = performance.now() + patience;
          const underWay = patience - Math.min(LAST, patience / 3);
          // from now on they begin nothing
          const working = Promise.allSettled(workers.map((worker) => worker.close(underWay)));
          await Promise.all([...listening].map((one) => one.close(underWay)));
          await within(working, Math.max(0, deadline - performance.now() - LAST / 2), 'not all is done').catch(noop);
          await closeAll(Math.max(0, deadline - performance.now()));
        })();
        return closing;
      },
    };
  } catch (error) {
    await closeAll(LAST).catch(noop);
    throw error;
  }
}
