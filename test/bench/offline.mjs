import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** What was tried to reach; must stay empty. */
export const attempts = [];

/** Refuses and records every connection and every lookup of this process. Before any peer is loaded. */
export function goOffline() {
  net.Socket.prototype.connect = function connect(...args) {
    const { host, port, path } = args[0]?.[0] ?? args[0] ?? {};
    attempts.push(`connect ${host ?? path}:${port}`);
    process.nextTick(() => this.destroy(new Error('offline: the benchmark allows no connection')));
    return this;
  };
  dns.lookup = (host, ...rest) => {
    attempts.push(`lookup ${host}`);
    rest.at(-1)(new Error('offline: the benchmark allows no lookup'));
  };
  syncBuiltinESMExports();
}
