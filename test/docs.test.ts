import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { formatIssue, OPERATORS, validate } from '../packages/core/src/index.ts';
import { OPERATORS as LOGIC_OPERATORS } from '../packages/core/src/logic/index.ts';
import { parseText } from '../packages/core/src/text/index.ts';
import { SETTINGS } from '../packages/flagwright/src/settings.ts';
import { DEFAULT_NAMESPACE, METRICS } from '../packages/telemetry/src/index.ts';
import { manual } from './support/cli-pages.ts';

// The docs tell the truth: tables of operators, settings and metrics come from the code, links lead somewhere, documents are good, and what is
// imported is there. `pnpm generate` rewrites the tables.

const root = fileURLToPath(new URL('..', import.meta.url));

const under = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...under('docs'),
  ...readdirSync(join(root, 'packages'))
    .map((name) => join('packages', name, 'README.md'))
    .filter((name) => existsSync(join(root, name))),
].sort();

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

interface Block {
  /** What stands after the fence: the language, and perhaps what the block is. */
  readonly info: string;
  readonly code: string;
  readonly line: number;
}

/** The fenced blocks of a page. */
function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map((match) => ({
    info: match[1]!.trim(),
    code: match[2]!,
    line: text.slice(0, match.index).split('\n').length,
  }));
}

const allBlocks = pages.flatMap((page) =>
  blocksOf(textOf(page)).map((block) => ({ page, ...block, place: `${page}:${block.line}` })),
);

/** A table of Markdown with columns of equal width. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** The page with what stands between the markers of a section replaced. */
function withSection(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before, rest, ...more] = text.split(start);
  const [, after, ...others] = (rest ?? '').split(end);
  expect([more.length, others.length, typeof after], `${start} and ${end}, once each`).toEqual([0, 0, 'string']);
  return `${before}${start}\n\n${content}\n\n${end}${after}`;
}

const code = (name: string): string => `\`${name}\``;

it('the tables of operators say what the code says', async () => {
  const clauses = table(
    ['operator', 'matches if the attribute …', 'attribute', 'values'],
    OPERATORS.map(({ name, summary, attribute, values }) => [code(name), summary, attribute, values]),
  );
  const logic = table(
    ['operator', 'operands', 'what it yields'],
    LOGIC_OPERATORS.map(({ name, arity, summary }) => [code(name), arity, summary]),
  );
  const page = withSection(textOf('docs/file-format.md'), 'operators', clauses);
  await expect(withSection(page, 'logic-operators', logic)).toMatchFileSnapshot('../docs/file-format.md');
});

it('the table of settings says what the code says', async () => {
  const shown = (value: unknown): string => {
    if (value === undefined) return '';
    return code(typeof value === 'string' ? value : JSON.stringify(value));
  };
  const settings = table(
    ['variable', 'in code and files', 'what it is', 'default', 'meaning'],
    Object.entries(SETTINGS).map(([path, { variables, kind, default: value, summary, needed = [] }]) => [
      variables.map(code).join(', else '),
      code(path),
      kind.name,
      shown(value),
      `${summary}${needed.length === 0 ? '' : `. Needed by ${needed.map(code).join(', ')}`}`,
    ]),
  );
  const page = withSection(textOf('docs/configuration.md'), 'settings', settings);
  await expect(page).toMatchFileSnapshot('../docs/configuration.md');
});

it('the table of metrics says what the code says', async () => {
  const metrics = table(
    ['metric', 'type', 'labels', 'meaning'],
    Object.values(METRICS).map(({ name, type, labels, help }) => [
      code(`${DEFAULT_NAMESPACE}_${name}`),
      type,
      labels.map(code).join(', '),
      help,
    ]),
  );
  const page = withSection(textOf('docs/telemetry.md'), 'metrics', metrics);
  await expect(page).toMatchFileSnapshot('../docs/telemetry.md');
});

it('the manual of flagctl says what its commands say', async () => {
  const pages = await manual();
  for (const { file, text } of pages) await expect(text).toMatchFileSnapshot(`../docs/cli/${file}`);
  const stale = readdirSync(join(root, 'docs/cli')).filter((name) => !pages.some(({ file }) => file === name));
  expect(stale).toEqual([]);
});

describe('links', () => {
  const anchors = new Map<string, ReadonlySet<string>>();

  /** The anchors GitHub gives the headings of a page. */
  function anchorsOf(page: string): ReadonlySet<string> {
    let found = anchors.get(page);
    if (found === undefined) {
      const names = new Set<string>();
      const text = textOf(page).replace(/^```.*?^```$/gms, '');
      for (const [, heading] of text.matchAll(/^#{1,6} +(.+)$/gm)) {
        const slug = heading!
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
          .replaceAll(' ', '-');
        let name = slug;
        for (let n = 1; names.has(name); n++) name = `${slug}-${n}`;
        names.add(name);
      }
      found = names;
      anchors.set(page, found);
    }
    return found;
  }

  it.each(pages)('of %s lead somewhere', (page) => {
    const text = textOf(page)
      .replace(/^```.*?^```$/gms, '')
      .replace(/`[^`\n]*`/g, '');
    const broken: string[] = [];
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/i.test(target!)) continue;
      const [path, anchor] = target!.split('#', 2) as [string, string?];
      const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
      const there = !file.startsWith('..') && existsSync(join(root, file));
      if (!there || (anchor !== undefined && !anchorsOf(file).has(anchor))) broken.push(target!);
    }
    expect(broken).toEqual([]);
  });
});

describe('flag documents', () => {
  const documents = allBlocks.filter(({ info }) => /^(?:yaml|json) flags$/.test(info));

  it('there are some', () => {
    expect(documents.length).toBeGreaterThan(10);
  });

  it.each(documents)('at $place are good', ({ info, code: text }) => {
    const { document, issues } = parseText(text, { format: info.startsWith('json') ? 'json' : 'yaml' });
    const allowed = (code: string): boolean => code === 'bucket-comparison';
    const found = [...issues, ...validate(document)].filter((issue) => !allowed(issue.code));
    expect(found.map(formatIssue)).toEqual([]);
  });
});

interface Package {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The source file behind an import of one of our packages; undefined if the package does not export it. */
function sourceOf(specifier: string): string | undefined {
  const [, name, subpath] = /^(?:@flagwright\/)?([^/]+)(\/.*)?$/.exec(specifier)!;
  const folder = join(root, 'packages', name!);
  if (!existsSync(join(folder, 'package.json'))) return undefined;
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
  const target = exports[`.${subpath ?? ''}`];
  if (target === undefined) return undefined;
  return join(folder, typeof target === 'string' ? target : target['@flagwright/source']!);
}

/** The names a source file exports, types included. */
function exportedNames(file: string): Set<string> {
  const text = readFileSync(file, 'utf8');
  const names = new Set<string>();
  for (const [, list] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
    for (const item of list!.split(',')) {
      const name = item
        .trim()
        .replace(/^type /, '')
        .split(' as ')
        .at(-1)!;
      if (name !== '') names.add(name);
    }
  }
  const declared = /^export (?:declare )?(?:async )?(?:abstract )?(?:interface|type|class|function|const) ([\w$]+)/gm;
  for (const [, name] of text.matchAll(declared)) names.add(name!);
  for (const [, from] of text.matchAll(/^export (?:type )?\* from '([^']+)'/gm)) {
    for (const name of exportedNames(join(dirname(file), from!))) names.add(name);
  }
  return names;
}

describe('imports', () => {
  const programs = allBlocks.filter(
    ({ info, code: text }) => /^ts\b/.test(info) && /'(?:@flagwright\/|flagwright')/.test(text),
  );

  it('there are some', () => {
    expect(programs.length).toBeGreaterThan(10);
  });

  it.each(programs)('at $place are there', ({ code: text }) => {
    const wrong: string[] = [];
    for (const [, list, specifier] of text.matchAll(
      /^import (?:type )?\{([^}]*)\} from '(@flagwright\/[^']+|flagwright)'/gm,
    )) {
      const file = sourceOf(specifier!);
      const names = file === undefined ? undefined : exportedNames(file);
      for (const item of list!.split(',').map((one) => one.trim())) {
        const name = item.replace(/^type /, '').split(' as ')[0]!;
        if (name !== '' && names?.has(name) !== true) wrong.push(`${name} from ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

// The source that `docs/write-a-source.md` shows is run by the contract it shows: both are written to files, with our
// packages named by their files, and imported, which declares the tests of the contract here.
const [shown, proof] = ['ts source', 'ts contract'].map((wanted) => {
  const found = allBlocks.filter(({ page, info }) => page === 'docs/write-a-source.md' && info === wanted);
  return found.length === 1 ? found[0]!.code : undefined;
});

it('docs/write-a-source.md shows a source, of less than 50 lines, and its contract', () => {
  expect(shown?.split('\n').length).toBeLessThan(50);
  expect(proof).toBeDefined();
});

const folder = mkdtempSync(join(tmpdir(), 'flagwright-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function runnable(text: string): string {
  return text
    .replace(/'(@flagwright\/[^']+)'/g, (_, specifier: string) => `'${sourceOf(specifier)}'`)
    .replace("'./url-source.ts'", `'${join(folder, 'url-source.ts')}'`);
}

writeFileSync(join(folder, 'url-source.ts'), runnable(shown ?? ''));
writeFileSync(join(folder, 'url-source.contract.ts'), runnable(proof ?? ''));
await import(/* @vite-ignore */ pathToFileURL(join(folder, 'url-source.contract.ts')).href);
