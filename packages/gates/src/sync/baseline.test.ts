import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatMemory, type Memory, parseMemory } from './baseline.ts';

const value = fc.constantFrom(true, false, undefined);
const id = fc.uuid();
const agreed = fc.record({ value, write: fc.option(id, { nil: undefined }) });
const entry = fc.record(
  {
    agreed,
    push: fc.record({
      base: fc.oneof(fc.constant(null), fc.jsonValue()),
      sent: fc.array(fc.record({ id, value }), { minLength: 1, maxLength: 3 }),
    }),
    pull: agreed,
  },
  { requiredKeys: [] },
);
const memory: fc.Arbitrary<Memory> = fc.record({
  joined: fc.boolean(),
  gates: fc.array(fc.tuple(fc.string(), entry)).map((entries) => new Map(entries)),
});

it('what is written down is read as it was', () => {
  fc.assert(
    fc.property(memory, (given) => {
      const read = parseMemory(formatMemory(given));
      expect(formatMemory(read)).toBe(formatMemory(given));
      expect(read.joined).toBe(given.joined);
      expect([...read.gates.keys()].sort()).toEqual([...given.gates.keys()].sort());
      for (const [name, { agreed: both, pull, push }] of given.gates) {
        const back = read.gates.get(name)!;
        expect(back.agreed).toEqual(both);
        expect(back.pull).toEqual(pull);
        expect(back.push?.sent).toEqual(push?.sent);
      }
    }),
  );
});

it.each([
  ['', 'PARSE_ERROR'],
  ['{', 'PARSE_ERROR'],
  ['[]', 'PARSE_ERROR'],
  ['{"version":1}', 'PARSE_ERROR'],
  ['{"version":0,"joined":true,"gates":{}}', 'PARSE_ERROR'],
  ['{"version":2,"joined":true,"gates":{}}', 'UNSUPPORTED'],
  ['{"version":1,"joined":"yes","gates":{}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":[]}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":true}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"agreed":true}}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"agreed":{"value":"true"}}}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"agreed":{}}}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"agreed":{"value":null,"write":1}}}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"push":{"base":null,"sent":[]}}}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"push":{"sent":[{"id":"x","value":true}]}}}}', 'PARSE_ERROR'],
  ['{"version":1,"joined":true,"gates":{"a":{"push":{"base":null,"sent":[{"value":true}]}}}}', 'PARSE_ERROR'],
])('%j is refused with %s', (text, code) => {
  expect(() => parseMemory(text)).toThrow(expect.objectContaining({ code }));
});

it('a name like a property of every object is a name', () => {
  const text = '{"version":1,"joined":true,"gates":{"__proto__":{"agreed":{"value":true}},"constructor":{}}}';
  expect([...parseMemory(text).gates.keys()]).toEqual(['__proto__', 'constructor']);
});
