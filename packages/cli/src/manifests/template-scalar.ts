import { parseText } from '@flagwright/core/text';

/** A value as it stands for a whole scalar of JSON: `true`, `null` and numbers as they are, all else in quotes. */
export function jsonScalar(value: string): string {
  return /^(?:true|false|null)$/.test(value) || isNumber(value) ? value : quoted(value);
}

/**
 * A value as it stands for a whole scalar of YAML: as it is, if it is read as one scalar there, as `true` and `1`; else in
 * quotes. So is a number that would lose something, as `01` and `1.10`.
 */
export function yamlScalar(value: string, inFlow: boolean): string {
  if (/^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE)$/.test(value)) return value;
  const read = readScalar(value, inFlow);
  if (read === value) return value;
  return typeof read === 'number' && isNumber(value) ? value : quoted(value);
}

/** A text as it stands for a scalar of YAML that is read as that text. */
export function yamlText(text: string, inFlow: boolean): string {
  return readScalar(text, inFlow) === text ? text : quoted(text);
}

/** Escaped, as within double quotes. */
export const escaped = (text: string): string => quoted(text).slice(1, -1);

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    // what YAML does not take as it is
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const isNumber = (value: string): boolean => Number.isFinite(Number(value)) && String(Number(value)) === value;

/** What YAML reads where a scalar stands alone; undefined if it would not read one. */
function readScalar(text: string, inFlow: boolean): unknown {
  if (text === '' || /[\n\r]/.test(text)) return undefined;
  try {
    const { document } = parseText(inFlow ? `[${text}]` : `- ${text}`);
    return Array.isArray(document) && document.length === 1 ? (document[0] as unknown) : undefined;
  } catch {
    return undefined;
  }
}
