import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileShape, documentSchema, OPERATORS, validate } from '../src/index.ts';

const accepts = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(documentSchema as object);

/** Codes that speak of the shape alone; everything else is about what a document means. */
const SHAPE = new Set(['missing', 'wrong-shape', 'not-one-of', 'out-of-range', 'too-few', 'unknown-property']);

const VALID = {
  $schema: 'x',
  flags: {
    full: {
      name: 'n',
      description: 'd',
      type: 'string',
      enabled: true,
      default: 'A',
      defaultVariant: 'a',
      offVariant: 'b',
      fallthrough: { variation: 'a' },
      salt: 's',
      bucketing: 'murmur3',
      experiment: true,
      metadata: { a: 1 },
      owner: 'o',
      tags: ['t'],
      createdAt: '2026-01-01T00:00:00Z',
      updatedAt: '2026-01-01T00:00:00Z',
      variants: [
        { name: 'a', value: 'A', weight: 0, description: 'x' },
        { name: 'b', value: 'B' },
      ],
      prerequisites: [{ key: 'map', variation: 0 }],
      targets: [{ variation: 'a', values: ['u'] }],
      rules: [
        {
          id: 'r',
          name: 'n',
          description: 'd',
          clauses: [{ attribute: 'a', operator: 'eq', values: ['x'], negate: false }],
          variation: 1,
          percentage: 50,
        },
        {
          rollout: {
            bucketBy: 'key',
            kind: 'experiment',
            salt: 's',
            bucketing: 'murmur3',
            variations: [
              { variation: 0, weight: 50_000, untracked: true },
              { variation: 'b', weight: 50_000 },
            ],
          },
        },
      ],
    },
    map: {
      state: 'ENABLED',
      variants: { on: true, off: false },
      defaultVariant: 'on',
      targeting: { if: [{ '==': [1, 1] }, 'on', 'off'] },
      fallthrough: { rollout: { variations: [{ variation: 'on', weight: 100_000 }] } },
    },
    plain: { type: 'boolean', default: false, fallthrough: 1 },
  },
  segments: {
    s: {
      name: 'n',
      description: 'd',
      included: ['a'],
      excluded: ['b'],
      rules: [{ id: 'x', clauses: [{ attribute: 'a', operator: 'exists' }] }],
    },
  },
  $evaluators: { e: { '==': [1, 1] } },
  attributes: { a: 'string', b: { type: 'version', name: 'n', description: 'd', required: true } },
  overrides: { plain: true },
  bucketing: 'murmur3',
  metadata: { version: '1' },
};
const LIST = {
  flags: [
    { key: 'a', type: 'boolean', default: true },
    { key: 'b', variants: { x: 1 } },
  ],
};

type Path = readonly (string | number)[];
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) =>
      places(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** A copy with another value at a place; `undefined` removes it. */
function put(document: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const copy = structuredClone(document);
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  const last = path.at(-1)!;
  if (value !== undefined) at[last] = value;
  else if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete at[last];
  return copy;
}

const ODD = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  1e9,
  '',
  'x',
  [],
  [null],
  ['x'],
  {},
  { x: 1 },
  [{}],
  { variation: 'a' },
];

/** Two places where `validate` knows more of the shape than the published schema says. */
function beyondTheSchema(code: string, path: Path): boolean {
  return (
    code === 'missing' &&
    (path.length === 2 && path[0] === 'flags' && typeof path[1] === 'number' ? true : path.at(-2) === 'clauses')
  );
}

function check(document: unknown): void {
  const issues = validate(document);
  const rejected = !accepts(document);
  const said = () =>
    `${String(JSON.stringify(document)).slice(0, 400)}\najv: ${accepts.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ')}\nours: ${issues.map(({ code, path }) => `${code} ${path.join('.')}`).join('; ')}`;
  if (rejected) expect(issues.length, said()).toBeGreaterThan(0);
  const shape = issues.filter(({ code, path }) => SHAPE.has(code) && !beyondTheSchema(code, path));
  if (shape.length > 0) expect(rejected, said()).toBe(true);
}

describe('the published schema and `validate` are one', () => {
  test('a document with everything is without fault to both', () => {
    for (const document of [VALID, LIST]) {
      expect(accepts(document)).toBe(true);
      expect(validate(document).filter(({ code }) => code !== 'weights-sum')).toEqual([]);
    }
  });

  test('every place of a document, with every odd value', () => {
    for (const document of [VALID, LIST])
      for (const path of places(document)) for (const value of ODD) check(put(document, path, value));
  });

  test('an unknown property in every map of the schema', () => {
    for (const document of [VALID, LIST]) {
      for (const path of places(document)) {
        const at = path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], document);
        if (typeof at === 'object' && at !== null && !Array.isArray(at)) check(put(document, [...path, 'unknown'], 5));
      }
    }
  });

  test('two places at once', () => {
    const PLACE = fc.constantFrom(...places(VALID));
    fc.assert(
      fc.property(PLACE, fc.constantFrom(...ODD), PLACE, fc.constantFrom(...ODD), (one, a, two, b) => {
        const once = put(VALID, one, a);
        let twice: unknown;
        try {
          twice = put(once, two, b);
        } catch {
          return; // the second place went with the first
        }
        check(twice);
      }),
      { numRuns: 1_000 },
    );
  });

  test('every operator is in the schema, and the schema has no others', () => {
    const { definitions } = documentSchema;
    expect(definitions!.clause!.properties!.operator!.enum).toEqual(OPERATORS.map(({ name }) => name));
  });

  test('every $ref leads somewhere', () => {
    const refs: string[] = [];
    JSON.stringify(documentSchema, (key, value) => {
      if (key === '$ref') refs.push(value);
      return value;
    });
    for (const ref of refs)
      expect(Object.keys(documentSchema.definitions!)).toContain(ref.replace('#/definitions/', ''));
  });
});

test.each([
  ['', 1, 3, false],
  ['a', 1, 3, true],
  ['abc', 1, 3, true],
  ['abcd', 1, 3, false],
  ['😀😀😀', 1, 3, true],
  ['😀😀😀a', 1, 3, false],
  ['😀😀😀😀', 1, 3, false],
  ['😀', 2, 3, false],
  ['😀a', 2, 3, true],
  // halves by themselves count
  ['\ud83d\ud83d\ud83d\ud83d', 1, 3, false],
  ['\ude00\ude00', 2, 3, true],
  ['a\ude00', 2, 2, true],
])('the length of %j is that in characters: %d to %d', (value, minLength, maxLength, fits) => {
  const schema = { type: 'string', minLength, maxLength } as const;
  const issues: unknown[] = [];
  expect(compileShape(schema).document(value, [], (issue) => issues.push(issue))).toBe(fits);
  expect(issues).toHaveLength(fits ? 0 : 1);
  expect(new Ajv().compile(schema)(value)).toBe(fits);
});
