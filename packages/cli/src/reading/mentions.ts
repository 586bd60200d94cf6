import { isRecord } from '@flagwright/core';

/** Whether targeting or rules of a definition read an attribute, or something within it. */
export function mentions(of: unknown, attribute: string): boolean {
  if (Array.isArray(of)) return of.some((item) => mentions(item, attribute));
  if (!isRecord(of)) return false;
  return Object.entries(of).some(([name, value]) => {
    if (name === 'attribute' || name === 'bucketBy' || name === 'var') {
      const path = Array.isArray(value) ? value[0] : value;
      if (path === attribute || (typeof path === 'string' && path.startsWith(`${attribute}.`))) return true;
    }
    return mentions(value, attribute);
  });
}
