import { type AttributeType, type EvaluationContext, oneOf, preview } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Cell } from './csv.ts';
import { type Reads, UNTYPED } from './reads.ts';

/** What the text of a column is read as. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'list' | 'json';

const TYPES: readonly ColumnType[] = ['text', 'number', 'boolean', 'list', 'json'];

/** Types as `age=number,beta=boolean`. Throws `UsageError`. */
export function parseTypes(texts: readonly string[]): ReadonlyMap<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  for (const part of texts.flatMap((text) => text.split(','))) {
    const at = part.lastIndexOf('=');
    const [name, type] = [part.slice(0, at).trim(), TYPES.find((one) => one === part.slice(at + 1).trim())];
    if (at < 1 || name === '' || type === undefined) {
      throw new UsageError(`--types has ${JSON.stringify(part)}; expected <column>=<type>, of ${oneOf(TYPES)}`);
    }
    types.set(name, type);
  }
  return types;
}

/** The type of a column: what was said, else how the attribute is declared, else what the flag compares it with. */
export function columnType(
  name: string,
  said: ReadonlyMap<string, ColumnType>,
  declared: AttributeType | undefined,
  reads: Reads,
): ColumnType {
  const own = said.get(name);
  if (own !== undefined) return own;
  switch (declared) {
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'list':
      return 'list';
    case 'object':
      return 'json';
    case undefined:
      break;
    default:
      return 'text';
  }
  const values = (reads.get(name) ?? []).flatMap((use) => (UNTYPED.has(use.operator) ? [] : use.values));
  const types = new Set(values.map((value) => typeof value));
  if (types.size !== 1) return 'text';
  return types.has('number') ? 'number' : types.has('boolean') ? 'boolean' : 'text';
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a cell as a type; throws the words for what is wrong. */
function cellValue(cell: string, type: ColumnType): unknown {
  const text = cell.trim();
  switch (type) {
    case 'text':
      return cell;
    case 'number':
      if (NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
      throw new Error(`${preview(cell)} is no number`);
    case 'boolean':
      if (/^(?:true|1|yes)$/i.test(text)) return true;
      if (/^(?:false|0|no)$/i.test(text)) return false;
      throw new Error(`${preview(cell)} is neither true nor false`);
    case 'list':
      return text.startsWith('[') ? parsed(text) : text.split('|').map((part) => part.trim());
    case 'json':
      return parsed(text);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${preview(text)} is no JSON`);
  }
}

/** Makes contexts of records; an empty cell is an attribute that is not there. Throws the words for what is wrong. */
export function contextsOf(
  header: readonly string[],
  typeOf: (name: string) => ColumnType,
): (cells: readonly Cell[]) => EvaluationContext {
  const types = header.map(typeOf);
  return (cells) => {
    if (cells.length !== header.length) {
      throw new Error(`${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, and the header has ${header.length}`);
    }
    const context: Record<string, unknown> = {};
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      if (cell === undefined) continue;
      const name = header[i]!;
      const type = types[i]!;
      let value: unknown = cell;
      if (type !== 'text') {
        // only where there is a value: an empty text in quotes is no number
        try {
          value = cellValue(cell, type);
        } catch (thrown) {
          throw new Error(`${name}: ${(thrown as Error).message}`);
        }
      }
      put(context, name, value);
    }
    return context;
  };
}

/** Gives a context an attribute of its own, whatever the name means to objects. */
export function put(context: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') context[name] = value;
  else Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: true });
}
