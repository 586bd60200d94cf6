import http from 'node:http';

/** The base of the API of the control plane. */
export const BASE = '/platform/feature-flag-management/v0.3';

/** No answer takes longer, in ms. */
const PATIENCE = 60_000;

/**
 * Asks a server, over connections that are kept. Several tokens are used in turn: each has its own budget of requests,
 * and what is measured is the server and not its limits. Whatever is not a success throws.
 */
export function api(url, tokens, connections = 1) {
  const { hostname, port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  let turn = 0;
  /** `body`: what to send; resolves to the status, the headers and the text. */
  const raw = (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const request = http.request(
        {
          agent,
          hostname,
          port,
          method,
          path,
          timeout: PATIENCE,
          headers: {
            authorization: `Bearer ${tokens[turn++ % tokens.length]}`,
            ...(text === undefined
              ? undefined
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode: status, headers } = response;
            const told = Buffer.concat(chunks).toString();
            if (status < 300) resolve({ status, headers, text: told });
            else reject(new Error(`${method} ${path}: ${status} ${told.slice(0, 300)}`));
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within ${PATIENCE} ms`)));
      request.on('error', reject);
      request.end(text);
    });
  return {
    raw,
    /** Below the base of the API; resolves to what the answer says. */
    ask: async (method, path, body) => JSON.parse((await raw(method, BASE + path, body)).text),
    close: () => agent.destroy(),
  };
}

/** Does `work` for each item, `width` at a time. */
export async function each(items, width, work) {
  const left = items[Symbol.iterator]();
  const one = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: width }, one));
}
