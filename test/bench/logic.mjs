/**
 * The flags every subject is given, in no vendor's language: a flag is on for a user when all flags it `needs` are on
 * and one of its `rules` matches, or its `ids` hold the user, or the user falls into its `percent`, or it is plain `on`.
 *
 * @typedef {{ attribute: 'email' | 'country' | 'plan' | 'age', op: 'eq' | 'in' | 'endsWith' | 'gt', values: (string | number)[] }} Clause
 * @typedef {{ key: string, on?: boolean, rules?: Clause[][], ids?: string[], percent?: number, needs?: string[] }} Flag
 * @typedef {{ id: string, email: string, country: string, plan: string, age: number }} User
 */

/** A sequential one-byte string of its own, as a parser makes them: no rope, no slice, not the literal in the source. */
export const flat = (text) => Buffer.from(text, 'latin1').toString('latin1');

/** Deterministic 32-bit numbers (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** `count` distinct ids of 24 hexadecimal characters. */
export function ids(count, seed) {
  const next = random(seed);
  const seen = new Set();
  while (seen.size < count)
    seen.add(flat([next(), next(), next()].map((n) => n.toString(16).padStart(8, '0')).join('')));
  return [...seen];
}

const COUNTRIES = ['US', 'CA', 'GB'].map(flat);
const PRO = flat('pro');
const FREE = flat('free');

/** Paying users from three countries; ids of 24 characters, the same on every run. */
export const users = (count, seed = 1) =>
  ids(count, seed).map((id, i) => user(id, { country: COUNTRIES[i % 3], age: 18 + (i % 60) }));

/** @returns {User} */
export function user(id, { country = COUNTRIES[0], plan = PRO, age = 30, domain = 'corp.example' } = {}) {
  return { id, email: flat(`${id}@${domain}`), country, plan, age };
}

export const freeUser = (id) => user(id, { plan: FREE });

const is = (attribute, op, ...values) => ({ attribute, op, values });

/** @returns {Flag} */
export const plain = (key, on = true) => ({ key, on });

/** Three rules of two clauses; a paying user of `users` meets only the third. @returns {Flag} */
export const threeRules = (key) => ({
  key,
  rules: [
    [is('email', 'endsWith', '@nope.example'), is('country', 'eq', 'XX')],
    [is('plan', 'in', 'free', 'trial'), is('age', 'gt', 200)],
    [is('country', 'in', 'US', 'CA', 'GB'), is('plan', 'eq', 'pro')],
  ],
});

/** Two rules of two clauses: what a large set is made of. @returns {Flag} */
export const twoRules = (key, n, plan = 'pro') => ({
  key,
  rules: [
    [is('country', 'in', 'US', 'CA'), is('plan', 'eq', plan)],
    [is('email', 'endsWith', '@staff.example'), is('age', 'gt', 20 + (n % 50))],
  ],
});

/** @returns {Flag} */
export const split = (key, percent = 20) => ({ key, percent });

/** @returns {Flag} */
export const listed = (key, list) => ({ key, ids: list });

/** `key` needs `key-1`, which needs `key-2`, which needs `key-3`, which is on for paying users. @returns {Flag[]} */
export const chain = (key) => [
  { key, on: true, needs: [`${key}-1`] },
  { key: `${key}-1`, on: true, needs: [`${key}-2`] },
  { key: `${key}-2`, on: true, needs: [`${key}-3`] },
  { key: `${key}-3`, rules: [[is('plan', 'eq', 'pro')]] },
];

/** Company for the flag in question, so that no subject holds a set of one. */
export const others = (count) => Array.from({ length: count }, (_, i) => plain(`other-${i}`, i % 2 === 0));

/** A third plain, a third of three rules, a third split. */
export const mixed = (count) => Array.from({ length: count }, (_, i) => [plain, threeRules, split][i % 3](`flag-${i}`));

export const large = (count) => Array.from({ length: count }, (_, i) => twoRules(`flag-${i}`, i));
