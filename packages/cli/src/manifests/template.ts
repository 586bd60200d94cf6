import type { Issue } from '@flagwright/core';
import { lineIndex } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import { fillText } from './template-fill.ts';
import { type Mark, marksOf, NAME } from './template-marks.ts';

/** What is set by `--set`, and what became of it. */
export interface Templates {
  /** A text with its placeholders filled in. Throws `CommandError` for a placeholder that nothing is set for, or that is none. */
  fill(text: string, file: string): string;
  /** What was set, and no text had a placeholder for. */
  unused(): readonly string[];
}

/**
 * Placeholders `{{ .name }}` of texts, by what is set as `name=value`. Where nothing is set, nothing is filled in, defaults
 * neither: it may be a text that looks so, which no backup should change. Throws `UsageError`.
 */
export function templatesOf(sets: readonly string[]): Templates {
  const values = new Map<string, string>();
  for (const set of sets) {
    const at = set.indexOf('=');
    const name = at < 0 ? set : set.slice(0, at);
    if (at < 0 || !NAME.test(name)) {
      const what = at < 0 ? `--set ${JSON.stringify(set)} has no =` : `--set: ${JSON.stringify(name)} is no name`;
      throw new UsageError(`${what}; expected --set name=value`);
    }
    values.set(name, set.slice(at + 1));
  }
  const used = new Set<string>();
  return {
    fill(text, file) {
      if (!text.includes('{{')) return text;
      const { text: trimmed, marks } = marksOf(text);
      const faults: { readonly at: number; readonly message: string }[] = [];
      const meant = (mark: Mark, inComment: boolean): string | undefined => {
        if (mark.name !== undefined && values.has(mark.name)) used.add(mark.name);
        const value = mark.name === undefined ? undefined : values.get(mark.name);
        if (mark.kind === 'placeholder' && value !== undefined && (value !== '' || mark.otherwise === undefined)) {
          return value;
        }
        if (mark.kind === 'placeholder' && mark.otherwise !== undefined && values.size > 0) return mark.otherwise;
        if (!inComment) {
          const message = faultOf(mark, values);
          if (message !== undefined) faults.push({ at: mark.origin, message });
        }
        return undefined;
      };
      const filled = fillText(trimmed, marks, {
        json: /\.(?:jsonl?|ndjson)$/i.test(file),
        meant,
        fault: (mark, message) => faults.push({ at: mark.origin, message }),
      });
      if (faults.length > 0) throw faulty(faults, text, file);
      return values.size === 0 ? text : filled;
    },
    unused: () => [...values.keys()].filter((name) => !used.has(name)),
  };
}

function faultOf(mark: Mark, values: ReadonlyMap<string, string>): string | undefined {
  const { kind, name, text } = mark;
  if (values.size === 0) {
    // it may be a text that happens to look so
    if (kind === 'other' && name === undefined) return undefined;
    return `${text} is a template, and nothing is set: ${toSay(mark)}. Hint: if it is the text itself, write it in double quotes, with {\\u007b for {{`;
  }
  if (kind === 'placeholder') {
    return `nothing is set for ${text}; there is ${[...values.keys()].join(', ')}. Hint: say --set ${name}=…`;
  }
  return `${text} is nothing that can be filled in; expected {{ .name }} or {{ .name | default "text" }}`;
}

function toSay({ kind, name, otherwise }: Mark): string {
  if (kind === 'other') return 'expected {{ .name }} or {{ .name | default "text" }}, and --set name=…';
  if (name === undefined) return 'say --set name=value, of what the template has';
  return `say --set ${name}=…${otherwise === undefined ? '' : `, or --set ${name}= for its default`}`;
}

function faulty(
  faults: readonly { readonly at: number; readonly message: string }[],
  text: string,
  file: string,
): CommandError {
  const lineOf = lineIndex(text);
  const issues = faults.slice(0, 20).map(({ at, message }): Issue => {
    const { line, column } = lineOf(at);
    return { severity: 'error', code: 'template', path: [], message, place: { file, line, column } };
  });
  const [first, ...others] = issues.map(({ message, place }) => `${file}:${place!.line}:${place!.column}: ${message}`);
  return new CommandError(EXIT.invalid, first!, others, { issues });
}
