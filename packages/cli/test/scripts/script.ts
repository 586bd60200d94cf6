import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A page of Markdown that is run: its `sh` blocks one after the other by bash, and what each one says is what stands in the
 * `text` block after it. `sh fixture` prepares, and says nothing that counts; a block named `yaml flag.yaml` is a file.
 */
export interface Block {
  readonly kind: 'run' | 'fixture' | 'file' | 'output' | 'other';
  /** Of a file: its name. */
  readonly name: string;
  readonly code: string;
  /** Where its code begins and ends in the page. */
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

/** The fenced blocks of a page. */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map((match) => {
    const [whole, info = '', code = ''] = match;
    const [language = '', name = ''] = info.trim().split(' ');
    const from = match.index + 3 + info.length + 1;
    const kind =
      language === 'sh'
        ? name === 'fixture'
          ? 'fixture'
          : 'run'
        : language === 'text'
          ? 'output'
          : name === ''
            ? 'other'
            : 'file';
    const line = page.slice(0, match.index).split('\n').length;
    return { kind, name, code, from, to: match.index + whole.length - 3, line } as const;
  });
}

/** Where a page is run. */
export interface Place {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a block of commands said, both streams together, and at the end how it ended unless that was well. */
export async function runBlock(code: string, { folder, env }: Place): Promise<string> {
  // what one block sets, the next one has
  const state = join(folder, '.state');
  const resumed = existsSync(state) ? `source ${state}\n` : '';
  const script = `exec 2>&1\n${resumed}${code}\ncode=$?\ndeclare -p | grep '^declare -x ' | grep -v ' [A-Z_]*=' > ${state}; exit $code\n`;
  const child = spawn('bash', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return exit === 0 ? said : `${said}[exit ${exit}]\n`;
}

/** What differs from run to run, in words that do not: ages, times, addresses, folders, and how wide columns are for them. */
export function settled(text: string, { folder, env }: Place): string {
  return (
    text
      .replaceAll(env.FLAGCTL_SERVER ?? '\0', 'https://flags.example.com')
      .replaceAll(env.FLAGCTL_TOKEN ?? '\0', 'fwt_token')
      .replaceAll(folder, '/home/ann')
      .replace(/\r/g, '')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '2026-01-31T12:00:00.000Z')
      .replace(/\b\d+[smh] ago\b/g, '1s ago')
      .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, '00000000-0000-4000-8000-000000000000')
      .replace(/\([a-z2-7]{12}\)/g, '(abcdefghijkl)')
      // columns are as wide as these; what marks a line of a difference is no column
      .replace(/(^[+-] +)|(\S) {3,}/gm, (_, mark: string | undefined, last: string) => mark ?? `${last}   `)
      .replace(/[ \t]+$/gm, '')
  );
}

/** A difference between what a page says and what was said. */
export interface Difference {
  readonly place: string;
  readonly commands: string;
  readonly expected: string;
  readonly said: string;
}

/** Runs a page. Resolves to what differs, and to the page as it would be right. */
export async function runPage(
  file: string,
  place: Place,
): Promise<{ readonly differences: readonly Difference[]; readonly page: string }> {
  const page = readFileSync(file, 'utf8');
  const blocks = blocksOf(page);
  const differences: Difference[] = [];
  let right = '';
  let done = 0;
  for (const [i, block] of blocks.entries()) {
    const { kind, name, code, line } = block;
    if (kind === 'file') {
      await mkdir(dirname(join(place.folder, name)), { recursive: true });
      await writeFile(join(place.folder, name), code);
    }
    if (kind !== 'run' && kind !== 'fixture') continue;
    const said = settled(await runBlock(code, place), place);
    const output = blocks[i + 1]?.kind === 'output' ? blocks[i + 1] : undefined;
    const failed = /\[exit \d+\]\n$/.test(said);
    if (kind === 'fixture' ? failed : said !== (output?.code ?? '')) {
      const expected = kind === 'fixture' ? 'no failure' : (output?.code ?? '');
      differences.push({ place: `${file}:${line}`, commands: code, expected, said });
    }
    if (kind !== 'run') continue;
    if (output === undefined) {
      const end = block.to + 3;
      right += said === '' ? page.slice(done, end) : `${page.slice(done, end)}\n\n\`\`\`text\n${said}\`\`\``;
      done = end;
    } else {
      right += page.slice(done, output.from) + said;
      done = output.to;
    }
  }
  return { differences, page: right + page.slice(done) };
}
