import type { Item } from '../applying/item.ts';
import { textOf } from './subject.ts';
import { readEdited } from './text.ts';

/** What is kept of an edit. */
export interface Kept {
  /** What the editor has made of it, without our comments. */
  readonly body: string;
  /** What it says; undefined if it is not valid. */
  readonly item: Item | undefined;
  /** That it was made from; undefined if there was none. */
  readonly version: string | undefined;
  readonly format: string;
}

/**
 * The text of an edit that could not be saved, so that it can be applied: with the version that it was made from, or to apply
 * it would undo what others have done since. Its lines stay where they are, unless it must be written anew.
 */
export function keptText({ body, item, version, format }: Kept): string {
  const { apiVersion, kind, metadata, spec } = (item?.sent ?? {}) as Record<string, unknown>;
  const isKept = item === undefined || !body.includes('{{');
  // what was typed may look like a template, which `apply` does not take for a text
  if (version === undefined) return isKept ? body : textOf({ apiVersion, kind, metadata, spec }, format);
  const text = format === 'json' ? withVersionInJson(body, version) : withVersionInYaml(body, version);
  if (item === undefined) return text;
  const read = readEdited(text, `kept.${format}`, item.identity);
  if (isKept && read.kind === 'good' && read.item.manifest.manifest.version === version) return text;
  return textOf({ apiVersion, kind, metadata, spec, version }, format);
}

/** At the end, where it moves nothing. */
function withVersionInYaml(body: string, version: string): string {
  const lines = body.split('\n').filter((line) => !/^version:/.test(line));
  return `${lines.join('\n').trimEnd()}\nversion: "${version}"\n`;
}

const withVersionInJson = (body: string, version: string): string =>
  body.replace(/^\s*\{/, (start) => `${start} ${JSON.stringify('version')}: ${JSON.stringify(version)},`);
