/** Reads a value out of data by name or path; undefined if it is not there. Never reaches a prototype's members. */
export type Read = (data: unknown) => unknown;

/** Is the name a member of every object, so that only an own property of that name is data? */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}

function step(data: unknown, name: string): unknown {
  if (data === null || data === undefined) return undefined;
  if (isInherited(name) && !Object.hasOwn(data, name)) return undefined;
  const value = (data as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'function' ? null : value;
}

/** `a.b.0` in steps; `\.` and `\\` stand for a dot and a backslash inside a name, as in json-logic-engine. */
export function splitPath(path: string): readonly string[] {
  if (!path.includes('\\')) return path.split('.');
  const steps: string[] = [];
  let current = '';
  for (let i = 0; i < path.length; i++) {
    const char = path[i]!;
    const next = path[i + 1];
    if (char === '\\' && (next === '.' || next === '\\')) {
      current += next;
      i++;
    } else if (char === '.') {
      steps.push(current);
      current = '';
    } else current += char;
  }
  steps.push(current);
  return steps;
}

/** A reader for one name: the exact name first, then the dotted path. The empty name is the whole data. */
export function reader(name: string): Read {
  if (name === '') return (data) => (typeof data === 'function' ? null : data);
  if (!name.includes('.') && !name.includes('\\')) return (data) => step(data, name);
  const steps = splitPath(name);
  return (data) => {
    const exact = step(data, name);
    if (exact !== undefined) return exact;
    let value = data;
    for (let i = 0; i < steps.length && value !== undefined; i++) value = step(value, steps[i]!);
    return value;
  };
}
