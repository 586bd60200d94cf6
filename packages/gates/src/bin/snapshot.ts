import { writeFile } from 'node:fs/promises';
import { FlagError } from '@flagwright/core';
import { snapshot } from '../snapshot.ts';
import { COMMON, type Command, noPositionals, textOption } from './command.ts';
import { gatesFrom } from './registry.ts';

export const snapshotCommand: Command = {
  name: 'snapshot',
  usage: '-r <file> [--file <file>] [--requires <version>[=reason]]...',
  summary: 'write down every gate, on or off, for a later comparison',
  options: {
    ...COMMON,
    file: { short: 'f', value: 'file', help: 'the JSON file to write (default: print it)' },
    requires: { value: 'version', multiple: true, help: 'a version that is needed, perhaps with =reason' },
  },
  async run(options) {
    noPositionals(options);
    const asked = (options.values.requires ?? []) as readonly string[];
    const requires = asked.map((text) => {
      // whoever writes ">=0.5" is told that this is no version, and not that ">" is none
      const [, version = '', reason] = /^([<>~^]?=?[^=]*)(?:=(.*))?$/s.exec(text) ?? [];
      return { version, ...(reason === undefined ? {} : { reason }) };
    });
    const text = `${JSON.stringify(snapshot(await gatesFrom(options), { requires }), null, 2)}\n`;
    const file = textOption(options, 'file');
    if (file === undefined) return { code: 0, out: text, err: '' };
    try {
      await writeFile(file, text);
    } catch (cause) {
      throw new FlagError('UNAVAILABLE', `${file} cannot be written: ${FlagError.from(cause).message}`, { cause });
    }
    return { code: 0, out: '', err: '' };
  },
};
