/** Quotes for the body of a function that names `names`: a tag that does not occur in them. */
export function dollars(names: string): string {
  let tag = '$$';
  for (let i = 0; names.includes(tag); i++) tag = `$f${i}$`;
  return tag;
}

/** A text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The expression for a new nonce. */
export const NONCE = `substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)`;
