import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** What was tried to reach; must stay empty. */
export const attempts = [];

/** Refuses and records every connection and every lookup of this process, but to `except`. Before any peer is loaded. */
export function goOffline({ except } = {}) {
  const { connect: reach } = net.Socket.prototype;
  net.Socket.prototype.connect = function connect(...args) {
    const { host, port, path } = target(args);
    // a socket that is a file is on this machine
    if (except !== undefined && (host === except || path !== undefined)) return reach.apply(this, args);
    attempts.push(`connect ${host ?? path}:${port}`);
    process.nextTick(() => this.destroy(new Error('offline: the benchmark allows no connection')));
    return this;
  };
  const { lookup: find } = dns;
  dns.lookup = (host, ...rest) => {
    if (except !== undefined && host === except) return find(host, ...rest);
    attempts.push(`lookup ${host}`);
    rest.at(-1)(new Error('offline: the benchmark allows no lookup'));
  };
  syncBuiltinESMExports();
}

/** What `connect` is called with: options, a port and a host, or a list of either, as `net.connect` hands it on. */
function target(args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  return typeof first === 'object' && first !== null ? first : { port: first, host: second };
}
