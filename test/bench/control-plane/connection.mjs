import net from 'node:net';

/**
 * A connection to a server of HTTP/1.1 that costs the one who asks next to nothing: requests are bytes made beforehand,
 * one is under way at a time, and of the answer only its status and length are read. Answers must tell their length.
 */
export async function connection(port) {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let waiting;
  let kept;
  const fail = (error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('data', (chunk) => {
    kept = kept === undefined ? [chunk] : [...kept, chunk];
    const found = answerIn(kept);
    if (found === undefined) return;
    kept = undefined;
    const { resolve } = waiting;
    waiting = undefined;
    resolve(found);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server has closed the connection')));
  return {
    /** Resolves to the status, the text of the head, and the bytes of the body. */
    ask: (bytes) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(bytes);
      }),
    close: () => socket.destroy(),
  };
}

/** The answer, once it is whole. */
function answerIn(chunks) {
  const [first] = chunks;
  const end = first.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('the head of an answer came in pieces');
  const head = first.latin1Slice(0, end);
  const status = Number(head.slice(9, 12));
  const length = status === 304 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error(`an answer does not tell its length: ${head}`);
  let there = 0;
  for (const chunk of chunks) there += chunk.length;
  if (there < end + 4 + length) return undefined;
  return {
    status,
    head,
    get body() {
      return Buffer.concat(chunks).subarray(end + 4);
    },
  };
}

/** The bytes of a POST of JSON. */
export function post(path, token, body, more = '') {
  const text = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n${more}`;
  return Buffer.from(
    `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
