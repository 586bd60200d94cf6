import type { Issue, Path, Place } from '@flagwright/core';
import { type ParsedText, parseText } from '@flagwright/core/text';
import { readTexts } from '../files/texts.ts';
import { intoTexts } from '../local/text-places.ts';
import type { World } from '../world.ts';
import { splitDocuments } from './split.ts';

export { type FileText, readText, readTexts } from '../files/texts.ts';

/** A document of a file: one of several in YAML. */
export interface FileDocument {
  /** As it was named; `<stdin>` for `-`. */
  readonly file: string;
  /** What it says, without a guess at what it is. */
  readonly value: unknown;
  /** Where the value at a path stands, within a text that holds JSON, too; for a path that leads nowhere, its nearest ancestor. */
  readonly locate: (path: Path) => Place | undefined;
  /** What the text has from a place to the end of its line. */
  readonly lineFrom?: (place: Place) => string | undefined;
  /** What is doubtful of the text itself. */
  readonly issues: readonly Issue[];
}

export interface ReadOptions {
  /** Whether folders within folders are read, too; undefined: no, and the command has no option for it. */
  readonly recursive?: boolean | undefined;
  /** Called with the text of each file before it is parsed, as to fill in a template. */
  readonly prepare?: (text: string, file: string) => string;
}

/**
 * All documents of files, folders (`*.yaml`, `*.yml`, `*.json`, by name) and `-`, the standard input; those that hold
 * nothing left out. Throws `CommandError` for a file that cannot be read, `FlagError` for one that is no YAML or JSON.
 */
export async function readDocuments(
  world: World,
  files: readonly string[],
  options: ReadOptions = {},
): Promise<readonly FileDocument[]> {
  const documents: FileDocument[] = [];
  for (const { file, text } of await readTexts(world, files, options.recursive)) {
    documents.push(...documentsOf(options.prepare?.(text, file) ?? text, file));
  }
  return documents;
}

/** The documents of a text. Throws `FlagError` if it is no YAML or JSON. */
export function documentsOf(text: string, file: string): readonly FileDocument[] {
  let lines: readonly string[] | undefined;
  const lineFrom = ({ line, column }: Place): string | undefined => {
    lines ??= text.split(/\r\n|\n|\r/);
    return lines[line - 1]?.slice(column - 1);
  };
  return splitDocuments(text, file).flatMap(({ text: part, line }) => {
    const { document, locate: outer, issues } = parsedAt(part, line, file);
    const locate = intoTexts(document, part, outer);
    if (issues.some(({ code }) => code === 'empty-document')) return [];
    const moved = (place: Place | undefined): Place | undefined =>
      place === undefined ? undefined : { ...place, line: place.line + line };
    return [
      {
        file,
        value: document,
        locate: (path: Path) => moved(locate(path)),
        lineFrom,
        issues: issues.map((issue) => ({
          ...issue,
          ...(issue.place === undefined ? {} : { place: moved(issue.place)! }),
        })),
      },
    ];
  });
}

function parsedAt(part: string, line: number, file: string): ParsedText {
  try {
    return parseText(part, { file });
  } catch (thrown) {
    // once more with the lines before it, so that what is told is where it is in the file
    if (line > 0) parseText(`${'\n'.repeat(line)}${part}`, { file });
    throw thrown;
  }
}
