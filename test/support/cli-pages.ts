import { ENTRIES } from '../../packages/cli/src/grammar/catalog.ts';
import type { Command, Option } from '../../packages/cli/src/grammar/command.ts';
import { GLOBAL_OPTIONS } from '../../packages/cli/src/grammar/global-options.ts';
import { optionText } from '../../packages/cli/src/grammar/help.ts';
import { argumentsOf } from '../../packages/cli/src/grammar/parse.ts';
import { NOUNS, nounOfKind } from '../../packages/cli/src/nouns/noun.ts';

/** A page of the manual of the command line, and the file below `docs/cli` it is in. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** Text for a cell of a table, or a paragraph: `<id>` is no tag. */
const plain = (text: string): string => text.replace(/[<>]/g, (mark) => (mark === '<' ? '\\<' : '\\>'));

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(cells[0]!), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

const optionCell = ({ name, short, value }: Option): string =>
  `\`${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}\``;

function optionTable(options: readonly Option[]): string {
  return table(
    ['option', 'meaning'],
    options.map((option) => [optionCell(option), plain(optionText(option))]),
  );
}

function paragraphs(description: readonly string[]): readonly string[] {
  const parts: string[] = [];
  for (const paragraph of description) {
    if (paragraph.startsWith('  ')) parts.push(`\`\`\`text\n${paragraph.replace(/^ {2}/gm, '')}\n\`\`\``);
    else parts.push(plain(paragraph));
  }
  return parts;
}

function sectionsOf(command: Command, path: readonly string[], level: number): readonly string[] {
  const { usage, summary, description = [], kinds, options = [], examples = [], exits = {}, commands = [] } = command;
  const mark = '#'.repeat(level);
  const own = options.filter(({ name }) => !GLOBAL_OPTIONS.some((option) => option.name === name));
  const argumentChoices = argumentsOf(command).filter(({ choices }) => choices !== undefined);
  return [
    `${mark} flagctl ${path.join(' ')}`,
    plain(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    `\`\`\`text\n${usage.map((line) => `flagctl ${path.join(' ')} ${line}`.trimEnd()).join('\n')}\n\`\`\``,
    ...paragraphs(description),
    ...argumentChoices.map(
      ({ name, choices }) => `\\<${name}\\>: ${choices!.map((choice) => `\`${choice}\``).join(', ')}.`,
    ),
    ...(kinds === undefined
      ? []
      : [
          `Resources: ${kinds
            .map((kind) => nounOfKind(kind))
            .map(({ name }) => `\`${name}\``)
            .join(', ')}, by [any of their names](README.md#resources).`,
        ]),
    ...(commands.length === 0
      ? []
      : [
          table(
            ['command', 'does'],
            commands.map((one) => [`\`${[...path, one.name].join(' ')}\``, plain(one.summary)]),
          ),
        ]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...examples.map(
      ({ title, line }) =>
        `${plain(`${title.charAt(0).toUpperCase()}${title.slice(1)}`)}:\n\n\`\`\`sh\n${line}\n\`\`\``,
    ),
    ...(Object.keys(exits).length === 0
      ? []
      : [
          table(
            ['exit code', 'meaning'],
            Object.entries(exits).map(([code, text]) => [code, plain(text)]),
          ),
        ]),
    ...commands.flatMap((one) => sectionsOf(one, [...path, one.name], level + 1)),
  ];
}

/** The manual: a page of all commands, and one for each. */
export async function manual(): Promise<readonly Page[]> {
  const pages = await Promise.all(
    ENTRIES.map(async (entry) => {
      const command = await entry.load();
      const text = [...sectionsOf(command, [command.name], 1), '[All commands](README.md)'].join('\n\n');
      return { file: `${command.name}.md`, text: `${text}\n` };
    }),
  );
  const groups = [...new Set(ENTRIES.map(({ group }) => group))].map((group) => {
    const rows = ENTRIES.filter((entry) => entry.group === group).map(({ name, summary }) => [
      `[\`${name}\`](${name}.md)`,
      plain(summary),
    ]);
    return `## ${group}\n\n${table(['command', 'does'], rows)}`;
  });
  const nouns = NOUNS.map(({ kind, name, aliases, scope }) => [
    `\`${kind}\``,
    `\`${name}\``,
    aliases.map((alias) => `\`${alias}\``).join(', '),
    scope === 'global' ? 'by itself' : scope === 'project' ? 'in a project' : 'in a project and a stage',
  ]);
  const index = [
    '# flagctl, command by command',
    'Made of the commands themselves: `flagctl <command> --help` says the same. How to work with it is in [the command line](../flagctl.md).',
    ...groups,
    '## Resources',
    table(['kind', 'name', 'also', 'is'], nouns),
    '## Options of all commands',
    optionTable(GLOBAL_OPTIONS),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      [
        ['0', 'done'],
        ['1', 'something went wrong that has no code of its own: no server, no disk'],
        ['2', 'a command line that makes no sense'],
        ['3', 'no token, or one that is not good any more'],
        ['4', 'what was named is not there'],
        ['5', 'the token may not do that'],
        ['6', 'a conflict: another version, in use, protected, decided already'],
        ['7', 'a file, a manifest or a spec that is not valid'],
        ['130', 'interrupted'],
      ],
    ),
  ].join('\n\n');
  return [{ file: 'README.md', text: `${index}\n` }, ...pages];
}
