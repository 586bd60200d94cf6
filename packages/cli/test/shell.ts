import { spawn } from 'node:child_process';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { until } from '@flagwright/test-servers';

/** A shell whose completion is tried. */
export type ShellName = 'bash' | 'zsh' | 'fish';

/** Where a shell is at home, and what it knows of the environment. */
export interface ShellPlace {
  /** Its start-up file is here, or is made. */
  readonly home: string;
  /** Where it works. */
  readonly cwd: string;
  /** The folder of the program `flagctl`. */
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it does when it starts, after what its start-up file has; by default it takes the completion from `flagctl`. */
  readonly rc?: string;
}

/** A shell on a terminal. */
export interface Shell {
  /**
   * Types a line and Enter: `⇥` is the key Tab, `←` goes back by one character. Resolves to the arguments that `flagctl` was
   * started with. Rejects after 20 s, with all there is on the terminal. One line after the other.
   */
  typed(line: string): Promise<readonly string[]>;
  /** Ends it. */
  close(): Promise<void>;
}

const PROMPT = 'ready> ';
const SAID = 'said it';

/** What starts each, which file it reads then, and what that says: the prompt, the completion, and a `flagctl` that says its arguments. */
const SHELLS: Readonly<
  Record<ShellName, { readonly start: string; readonly file: string; readonly rc: string; readonly last: string }>
> = {
  bash: {
    start: 'bash --noprofile -i',
    file: '.bashrc',
    rc: 'source <(flagctl completion bash)\n',
    last: `PS1='${PROMPT}'\nflagctl() { printf '%s\\0' "$@" >"$HOME/said-bash"; echo '${SAID}'; }\n`,
  },
  zsh: {
    start: 'zsh -i',
    file: '.zshrc',
    rc: 'autoload -U compinit\ncompinit -u -D\nsource <(flagctl completion zsh)\n',
    last: `PS1='${PROMPT}'\nflagctl() { printf '%s\\0' "$@" >"$HOME/said-zsh"; echo '${SAID}'; }\n`,
  },
  fish: {
    start: 'fish -i',
    file: '.config/fish/config.fish',
    rc: 'flagctl completion fish | source\n',
    last: `function fish_greeting; end
function fish_prompt; echo -n '${PROMPT}'; end
function flagctl; printf '%s\\0' $argv >$HOME/said-fish; echo '${SAID}'; end
`,
  },
};

/** Starts a shell on a terminal of its own, as somebody who types has it, and waits until it prompts. */
export async function startShell(name: ShellName, { home, cwd, bin, env, rc }: ShellPlace): Promise<Shell> {
  const shell = SHELLS[name];
  const file = join(home, shell.file);
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, (rc ?? shell.rc) + shell.last);
  const script = spawn('script', ['-qefc', `stty cols 200 rows 50; exec ${shell.start}`, '/dev/null'], {
    cwd,
    // a terminal that can do little is drawn with little
    env: { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: home, LC_ALL: 'C.UTF-8', TERM: 'dumb', ...env },
    stdio: 'pipe',
  });
  let shown = '';
  let closed = false;
  let typing = false;
  for (const stream of [script.stdout, script.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
  }
  const ended = new Promise<void>((resolve) => {
    script.on('close', () => {
      closed = true;
      resolve();
    });
  });
  script.stdin.on('error', () => undefined);
  const see = (what: string, after: number): Promise<number> =>
    until(
      () => `${name} shows ${JSON.stringify(what)}; it shows ${JSON.stringify(shown)}`,
      () => {
        if (closed) throw new Error(`${name} ended; it showed ${JSON.stringify(shown)}`);
        const at = shown.indexOf(what, after);
        return at >= 0 && at + what.length;
      },
      20_000,
    );
  await see(PROMPT, 0);
  async function typed(line: string): Promise<readonly string[]> {
    const said = join(home, `said-${name}`);
    await rm(said, { force: true });
    shown = '';
    // out of what the line before was left in
    if (typing) script.stdin.write('\u0003');
    if (typing) await see(PROMPT, 0);
    shown = '';
    typing = true;
    script.stdin.write(`${line.replaceAll('⇥', '\t').replaceAll('←', '\u0002')}\r`);
    await see(PROMPT, await see(SAID, 0));
    typing = false;
    return (await readFile(said, 'utf8')).split('\0').slice(0, -1);
  }
  let last: Promise<unknown> = Promise.resolve();
  return {
    typed(line) {
      const next = last.then(() => typed(line));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      // its home is not removed under it
      const late = setTimeout(() => script.kill('SIGKILL'), 5_000);
      script.stdin.write(`${typing ? '\u0003' : ''}exit\r`);
      await ended;
      clearTimeout(late);
    },
  };
}
