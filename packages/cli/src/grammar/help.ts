import { nounOfKind } from '../nouns/noun.ts';
import type { Command, Entry, Option } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

const WIDTH = 100;

/** The list of all commands. */
export function rootHelp(entries: readonly Entry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length)) + 4;
  const groups = [...new Set(entries.map(({ group }) => group))];
  const parts = groups.map((group) => {
    const lines = entries
      .filter((entry) => entry.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
    return `${group}:\n${lines.join('\n')}`;
  });
  return [
    'flagctl controls feature flags: on a Flagwright server, or in plain files.\n\nUsage: flagctl <command> [<resource>] [options]',
    ...parts,
    `Options of all commands:\n${optionLines(GLOBAL_OPTIONS)}`,
    "Run 'flagctl <command> --help' for more, with examples.\n",
  ].join('\n\n');
}

/** All about a command. */
export function commandHelp(command: Command, path: readonly string[]): string {
  const { usage, summary, description = [], kinds, commands, options = [], examples = [], exits = {} } = command;
  const own = options.filter((option) => !GLOBAL_OPTIONS.includes(option));
  const parts: string[] = [
    `${path.join(' ')}: ${summary}`,
    `Usage:\n${usage.map((line) => `  flagctl ${path.join(' ')} ${line}`.trimEnd()).join('\n')}`,
    ...description.map((paragraph) => wrapped(paragraph, '')),
  ];
  if (kinds !== undefined) {
    const lines = kinds.map((kind) => {
      const { name, aliases } = nounOfKind(kind);
      return `  ${name.padEnd(22)}${aliases.join(', ')}`;
    });
    parts.push(`Resources:\n${lines.join('\n')}`);
  }
  if (commands !== undefined) {
    const width = Math.max(...commands.map(({ name }) => name.length)) + 4;
    parts.push(`Commands:\n${commands.map((one) => `  ${one.name.padEnd(width)}${one.summary}`).join('\n')}`);
  }
  if (own.length > 0) parts.push(`Options:\n${optionLines(own)}`);
  if (examples.length > 0) {
    const shown = examples.map(({ title, line }) => `  # ${title}\n${line.replace(/^/gm, '  ')}`);
    parts.push(`Examples:\n${shown.join('\n\n')}`);
  }
  const codes = Object.entries(exits);
  if (codes.length > 0)
    parts.push(`Exit codes:\n${codes.map(([code, text]) => `  ${code.padEnd(4)}${text}`).join('\n')}`);
  parts.push("Options of all commands are in 'flagctl --help'.\n");
  return parts.join('\n\n');
}

/** `-f, --filename <file>`, as it is written. */
export function optionName({ name, short, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
}

/** What an option does, and what holds without it. */
export function optionText({ summary, choices, otherwise, env, many, kinds }: Option): string {
  const notes = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(otherwise === undefined ? [] : [`default: ${otherwise}`]),
    ...(env === undefined ? [] : [`or ${env}`]),
    ...(many === true ? ['may be repeated'] : []),
    ...(kinds === undefined ? [] : [`of ${kinds.map((kind) => nounOfKind(kind).many).join(', ')}`]),
  ];
  return notes.length === 0 ? summary : `${summary} (${notes.join('; ')})`;
}

function optionLines(options: readonly Option[]): string {
  const width = Math.min(34, Math.max(...options.map((option) => optionName(option).length)) + 2);
  return options
    .map((option) => {
      const name = optionName(option);
      const text = wrapped(optionText(option), ' '.repeat(width + 2));
      return name.length > width ? `  ${name}\n${text}` : `  ${name.padEnd(width)}${text.trimStart()}`;
    })
    .join('\n');
}

/** A paragraph in lines that are not too long, each indented. */
function wrapped(text: string, indent: string): string {
  if (text.startsWith('  ')) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => indent + one).join('\n');
}
