import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, isFree } from '../src/free-port.ts';

it('answers ports that differ, are free, and are not those of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
  expect(new Set(ports).size).toBe(200);
  const outgoing = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_000);
    if (outgoing > 12_000) expect(port).toBeLessThan(outgoing);
  }
});

it('answers ports below 55,536 for the cluster bus', async () => {
  for (let n = 0; n < 20; n += 1) {
    const port = await freePort({ bus: true });
    expect(port).toBeLessThan(55_536);
    expect(await isFree(port + 10_000)).toBe(true);
  }
});

it('sees that a port is taken, on any address', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const port = await freePort();
    const server = createServer().listen(port, host);
    await once(server, 'listening');
    expect(await isFree(port)).toBe(false);
    server.close();
  }
});
