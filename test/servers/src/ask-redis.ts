import { connect } from 'node:net';

/**
 * The first line that a Redis answers to one command without arguments, e.g. `+PONG`; undefined if it does not answer
 * within a second.
 */
export function askRedis(port: number, command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    const end = (line?: string): void => {
      resolve(line);
      socket.destroy();
    };
    socket.setEncoding('utf8').setTimeout(1_000, () => end());
    socket.on('error', () => end()).on('close', () => end());
    socket.on('data', (text: string) => {
      answer += text;
      const line = answer.indexOf('\r\n');
      if (line >= 0) end(answer.slice(0, line));
    });
    socket.write(`${command}\r\n`);
  });
}
