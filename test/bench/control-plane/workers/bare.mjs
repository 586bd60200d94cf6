import http from 'node:http';
import { answer } from '../../propagation/workers/answer.mjs';

/** Headers that node:http writes by itself. */
const OWN = new Set(['date', 'connection', 'keep-alive']);

answer({
  /** The least that Node does for an HTTP answer: the body of a request is read, and the same bytes come back. */
  listen({ head, text }) {
    const headers = head
      .split('\r\n')
      .slice(1)
      .map((line) => /^([^:]+): (.*)$/.exec(line))
      .filter(([, name]) => !OWN.has(name.toLowerCase()))
      .flatMap(([, name, value]) => [name, value]);
    const server = http.createServer((incoming, outgoing) => {
      incoming.resume();
      incoming.on('end', () => outgoing.writeHead(200, headers).end(text));
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  },
});
