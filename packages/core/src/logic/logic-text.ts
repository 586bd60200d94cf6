import { preview } from '../issue.ts';

/** The longest text of an expression. */
const LONGEST = 200;
/** The most parts of an expression that are written out. */
const MOST = 60;
/** The most operands and list elements in a row. */
const IN_ROW = 12;

const INFIX = new Set(['and', 'or', '==', '!=', '===', '!==', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%']);
const WORDS = new Set(['starts_with', 'ends_with']);
const PLAIN = /^[\w$][\w$.-]*$/;

/** An expression as people read it: `user-tier == "premium"`. At most 200 characters, however large it is. */
export function logicText(raw: unknown): string {
  let left = MOST;

  function part(value: unknown, inside: boolean): string {
    left -= 1;
    if (left < 0) return '…';
    if (typeof value !== 'object' || value === null) return preview(value);
    if (Array.isArray(value)) return `[${row(value, false)}]`;
    const [name, ...others] = Object.keys(value);
    if (name === undefined || others.length > 0) return preview(value);
    const operand = (value as Readonly<Record<string, unknown>>)[name];
    return use(name, Array.isArray(operand) ? operand : [operand], inside);
  }

  function row(values: readonly unknown[], inside: boolean, by = ', '): string {
    const shown = values.slice(0, IN_ROW).map((value) => part(value, inside));
    return [...shown, ...(values.length > IN_ROW ? ['…'] : [])].join(by);
  }

  function use(name: string, args: readonly unknown[], inside: boolean): string {
    const [first] = args;
    if (name === 'var' && args.length === 1 && typeof first === 'string' && PLAIN.test(first)) return first;
    if (name === '!' && args.length === 1) return `not ${part(first, true)}`;
    if (name === 'sem_ver' && args.length === 3 && typeof args[1] === 'string') {
      return bracketed(`${part(first, true)} sem_ver ${args[1].slice(0, 2)} ${part(args[2], true)}`, inside);
    }
    if (args.length > 1 && (INFIX.has(name) || (WORDS.has(name) && args.length === 2))) {
      return bracketed(row(args, true, ` ${name} `), inside);
    }
    return `${preview(name).slice(1, -1)}(${row(args, false)})`;
  }

  const text = part(raw, false);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function bracketed(text: string, inside: boolean): string {
  return inside ? `(${text})` : text;
}
