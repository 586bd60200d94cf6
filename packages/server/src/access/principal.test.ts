import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, demand, type Grant, may, type Principal, ROLES, type Role, type Verb, verbsOf } from './principal.ts';

const who = (role: Role, more: Partial<Principal> = {}): Principal => ({
  subject: 'ada',
  token: 'abc',
  role,
  projects: undefined,
  stages: undefined,
  ...more,
});

describe('may', () => {
  it.each<[Role, readonly Verb[]]>([
    ['sdk', ['evaluate']],
    ['viewer', ['read', 'evaluate']],
    ['editor', ['read', 'evaluate', 'write']],
    ['approver', ['read', 'evaluate', 'write', 'approve']],
    ['admin', ['read', 'evaluate', 'write', 'approve', 'administer']],
  ])('of %s is %j', (role, verbs) => {
    const all = verbsOf('admin');
    expect(all.filter((verb) => may(who(role), verb, { project: 'a', stage: 'b' }))).toEqual(verbs);
  });

  it('is only to evaluate while the token could not be looked up', () => {
    const one = who('admin', { provisional: true });
    expect(verbsOf('admin').filter((verb) => may(one, verb, {}))).toEqual(['evaluate']);
    expect(() => demand(one, 'write', {})).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    expect(() => demand({ ...one, role: 'sdk' }, 'write', {})).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(() => demand(one, 'evaluate', {})).not.toThrow();
  });
});

describe('covers', () => {
  const ids = fc.option(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { nil: undefined });
  const grants: fc.Arbitrary<Grant> = fc.record({ role: fc.constantFrom(...ROLES), projects: ids, stages: ids });
  const verbs = verbsOf('admin');
  const places = [undefined, 'a', 'b', 'c', 'd'].flatMap((project) =>
    [undefined, 'a', 'b', 'c', 'd'].map((stage) => ({ project, stage })),
  );

  it('only what may do no more anywhere', () => {
    fc.assert(
      fc.property(grants, grants, (one, other) => {
        const more = verbs.some((verb) =>
          places.some(
            (place) => may({ ...who('sdk'), ...other }, verb, place) && !may({ ...who('sdk'), ...one }, verb, place),
          ),
        );
        expect(covers(one, other)).toBe(!more);
      }),
    );
  });

  it('itself', () => {
    fc.assert(fc.property(grants, (one) => covers(one, one)));
  });
});
