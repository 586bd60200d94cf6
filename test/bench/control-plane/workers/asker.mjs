import { answer } from '../../propagation/workers/answer.mjs';
import { connection, post } from '../connection.mjs';
import { spread } from '../rounds.mjs';

/**
 * Asks for evaluations. `calls` is one list for each connection, of `{ path, token, body }`, which are sent in turn, each
 * when the one before is answered.
 */
let connections = [];

async function first(link, { path, token, body }) {
  const { status, head, body: bytes } = await link.ask(post(path, token, body));
  if (status !== 200) throw new Error(`${path}: ${status} ${bytes.toString().slice(0, 300)}`);
  return { head, text: bytes.toString() };
}

answer({
  /** Connects, and sends each of the calls once; resolves to the first answer of the first connection. */
  async open(port, calls) {
    for (const { link } of connections) link.close();
    connections = await Promise.all(
      calls.map(async (list) => {
        const link = await connection(port);
        const firsts = [];
        for (const call of list) firsts.push(await first(link, call));
        const plain = list.map(({ path, token, body }) => post(path, token, body));
        const tagged = list.map(({ path, token, body }, i) => {
          const etag = /\r\netag: (.*)/i.exec(firsts[i].head)?.[1];
          return etag === undefined ? undefined : post(path, token, body, `if-none-match: ${etag}\r\n`);
        });
        return { link, firsts, plain, tagged };
      }),
    );
    return connections[0].firsts[0];
  },
  /** `how`: `plain`, or `tagged` with what the first answers were tagged with. */
  async load(ms, how, status) {
    const took = [];
    const before = process.cpuUsage();
    const began = performance.now();
    const end = began + ms;
    await Promise.all(
      connections.map(async ({ link, [how]: requests }) => {
        for (let i = 0; ; i++) {
          const asked = performance.now();
          if (asked >= end) return;
          const found = await link.ask(requests[i % requests.length]);
          if (found.status !== status) throw new Error(`${found.status}: ${found.body.toString().slice(0, 300)}`);
          took.push(performance.now() - asked);
        }
      }),
    );
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(before);
    return { count: took.length, seconds, ...spread(took), asking: (user + system) * 1e3 };
  },
});
