import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Two processes, one beside the other: the app, which prints what it sees, and an editor, which runs once the app does.
 * Ends when the app has printed that many lines.
 */
export async function together(app: URL, editor: URL, lines: number): Promise<void> {
  const watching = fork(app, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const gone = new Promise<never>((_, reject) => {
    watching.once('exit', (code) => reject(new Error(`the app ended by itself, with code ${code}`)));
  });
  const seen = (async () => {
    let editing: Promise<void> | undefined;
    let count = 0;
    for await (const line of createInterface({ input: watching.stdout! })) {
      console.log(`app    │ ${line}`);
      editing ??= run(editor);
      if (++count === lines) break;
    }
    await editing;
  })();
  await Promise.race([seen, gone]);
  gone.catch(() => undefined);
  // the app closes its flags and ends when nobody is interested any more; there is no `close` after a `disconnect`
  const ended = new Promise((resolve) => watching.once('exit', resolve));
  watching.disconnect();
  await ended;
}

async function run(editor: URL): Promise<void> {
  const editing = fork(editor, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  for await (const line of createInterface({ input: editing.stdout! })) console.log(`editor │ ${line}`);
}
