import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { defineGates } from '../gates.ts';
import type { GateTextOptions } from './gate-text.ts';
import { parseGateText } from './gate-text.ts';

const YAML: GateTextOptions = { file: 'gates.yaml' };
const JSON_FILE: GateTextOptions = { file: 'gates.json' };
const TOML: GateTextOptions = { file: 'gates.toml' };

const said = (text: string, options: GateTextOptions) =>
  parseGateText(text, options).settings.map(
    ({ name, enabled, place }) => `${place?.line}:${place?.column} ${name}=${enabled}`,
  );

/** What is wrong: code and place, in their order. */
const wrong = (text: string, options: GateTextOptions) => {
  const error = thrownBy(() => parseGateText(text, options));
  return [
    error.code,
    ...error.issues.map(({ code, place }) => `${place?.file}:${place?.line}:${place?.column} ${code}`),
  ];
};

describe('YAML', () => {
  it.each<[what: string, text: string, settings: readonly string[]]>([
    ['nothing', '', []],
    ['nothing but a comment', '# gates\n', []],
    ['a larger file', 'log_level: info\npackage:\n  deploy: {components: [a]}\nfeatures:\n  a: true\n', ['5:6 a=true']],
    [
      'features of Zarf',
      'features:\n  axolotl-mode: true\n  values: "false"\n',
      ['2:17 axolotl-mode=true', '3:11 values=false'],
    ],
    [
      'features with enabled',
      'features:\n  a: {enabled: true, level: 3}\n  b:\n    enabled: "F"\n',
      ['2:16 a=true', '4:14 b=false'],
    ],
    [
      'featureGates of Kubernetes',
      'kind: X\nfeatureGates:\n  EventsProxy: true\n  AllAlpha: false\n',
      ['3:16 EventsProxy=true', '4:13 AllAlpha=false'],
    ],
    [
      'feature, nested',
      'feature:\n  multi-region: true\n  storage:\n    ceph: true\n    pure.x: "0"\n',
      ['2:17 multi-region=true', '4:11 storage.ceph=true', '5:13 storage.pure.x=false'],
    ],
    [
      'feature, dotted',
      'feature:\n  storage.ceph: true\nfeature.storage.pure: false\n',
      ['2:17 storage.ceph=true', '3:23 storage.pure=false'],
    ],
    [
      'lists',
      'feature-enable: [A, "B,C"]\nfeature-disable: D, E\n',
      ['1:18 A=true', '1:21 B=true', '1:21 C=true', '2:18 D=false', '2:18 E=false'],
    ],
    [
      'lists in other spellings',
      'feature_enable: A\nfeatureDisable:\n- B\nfeature-gates: {C: true}\n',
      ['4:20 C=true', '1:17 A=true', '3:3 B=false'],
    ],
    [
      'null is not set',
      'features:\n  a:\n  b: ~\n  c: {enabled: null}\nfeature: {x: null}\nfeatureGates:\nfeature-enable: null\n',
      [],
    ],
    ['nothing in a map', 'feature: {storage: {}}\nfeatures: {}\n', []],
    [
      'keys as they are written',
      'features: {Axolotl-Mode: true, FOO: false}\n',
      ['1:26 Axolotl-Mode=true', '1:37 FOO=false'],
    ],
    [
      'names of prototypes',
      'features: {__proto__: true, constructor: false}\nfeature: {__proto__: {toString: true}}\n',
      ['1:23 __proto__=true', '1:42 constructor=false', '2:33 __proto__.toString=true'],
    ],
    [
      'null is neither a value nor a second one',
      'feature:\n  s:\n  s.c: true\n  d: true\nfeature.d: null\n',
      ['3:8 s.c=true', '4:6 d=true'],
    ],
    ['anchors', 'on: &on true\nfeatures: {a: *on}\n', ['2:15 a=true']],
    [
      'all spellings of ParseBool',
      'features: {a: "1", b: "t", c: "T", d: "TRUE", e: "f"}',
      ['1:15 a=true', '1:23 b=true', '1:31 c=true', '1:39 d=true', '1:50 e=false'],
    ],
  ])('%s', (_, text, settings) => {
    expect(said(text, YAML)).toEqual(settings);
  });

  it('says the file, and where in it', () => {
    expect(parseGateText('features:\n  a: true\n', YAML)).toEqual({
      name: 'file',
      settings: [{ name: 'a', enabled: true, from: 'gates.yaml', place: { file: 'gates.yaml', line: 2, column: 6 } }],
    });
    expect(parseGateText('features: {a: true}', { layer: 'local' }).name).toBe('local');
    expect(parseGateText('features: {a: true}').settings[0]?.from).toBe('the text');
  });

  it.each<[what: string, text: string, issues: readonly string[]]>([
    ['no map', '- a\n', ['1:1 wrong-type']],
    ['features that are a list', 'features: [a]\n', ['1:11 wrong-type']],
    ['features that are a text', 'x: 1\nfeatures: a=true\n', ['2:11 wrong-type']],
    ['features that are a text over several lines, at their key', 'x: 1\nfeatures: |\n  a=true\n', ['2:1 wrong-type']],
    [
      'numbers',
      'features: {a: 1}\nfeatureGates:\n  B: 0\nfeature:\n  c: 1.5\n',
      ['1:15 not-a-boolean', '3:6 not-a-boolean', '5:6 not-a-boolean'],
    ],
    [
      'other words',
      'features:\n  a: yes\n  b: on\n  c: ""\n  d: " true"\n',
      ['2:6 not-a-boolean', '3:6 not-a-boolean', '4:6 not-a-boolean', '5:6 not-a-boolean'],
    ],
    [
      'lists as values',
      'features: {a: [true]}\nfeature: {b: {c: []}}\nfeatureGates: {D: {enabled: true}}\n',
      ['1:15 not-a-boolean', '3:19 not-a-boolean', '2:18 not-a-boolean'],
    ],
    ['a map without enabled', 'features:\n  storage: {ceph: true}\n  b: {}\n', ['2:12 no-enabled', '3:6 no-enabled']],
    ['enabled that is a text', 'features: {a: {enabled: sure}}\n', ['1:25 not-a-boolean']],
    ['a key twice', 'features:\n  a: true\n  a: true\n', ['3:3 duplicate-key']],
    ['a part twice', 'features: {a: true}\nfeatures: {b: true}\n', ['2:1 duplicate-key']],
    ['a dotted name twice', 'feature:\n  storage.ceph: true\n  storage:\n    ceph: true\n', ['4:11 duplicate-key']],
    ['a dotted name twice, once at the top', 'feature: {a: true}\nfeature.a: false\n', ['2:12 duplicate-key']],
    ['a leaf and a subtree', 'feature:\n  storage: true\n  storage.ceph: true\n', ['3:17 leaf-and-subtree']],
    [
      'a subtree and a leaf',
      'feature:\n  storage: {ceph: {fast: false}}\n  storage.ceph: true\n',
      ['2:26 leaf-and-subtree'],
    ],
    [
      'a list of names with something else',
      'feature-enable: [A, 1, {B: true}, C=true]\nfeature-disable: {D: true}\n',
      ['1:21 wrong-type', '1:24 wrong-type', '1:35 name-with-value', '2:18 wrong-type'],
    ],
    ['too many levels', `feature: ${'{a: '.repeat(25)}true${'}'.repeat(25)}\n`, ['1:90 too-deep']],
    ['what is no YAML', 'features:\n\ta: true\n', ['2:1 syntax']],
  ])('%s', (_, text, issues) => {
    const [code, ...told] = wrong(text, YAML);
    expect(told).toEqual(issues.map((issue) => `gates.yaml:${issue}`));
    expect(code).toBe(issues[0]?.includes('too-deep') ? 'TOO_LARGE' : 'PARSE_ERROR');
  });

  it('names both places of what is there twice', () => {
    const places = (text: string) => thrownBy(() => parseGateText(text, YAML)).message;
    expect(places('features:\n  a: true\n  a: true\n')).toMatch(/^gates\.yaml:3:3: .*gates\.yaml:2:3/);
    expect(places('feature:\n  s.c: true\n  s: {c: true}\n')).toMatch(/^gates\.yaml:3:10: .*gates\.yaml:2:8/);
    expect(places('feature:\n  s: true\n  s.c: true\n')).toMatch(/^gates\.yaml:3:8: .*gates\.yaml:2:6/);
  });

  it('speaks in the words of Zarf and of Kubernetes', () => {
    const { message } = thrownBy(() => parseGateText('features: {a: banana}\nfeatureGates: {B: banana, C: 1}\n', YAML));
    expect(message.split('\n')).toEqual([
      'gates.yaml:1:15: unable to parse feature value: banana into bool for key: a; expected true or false',
      'gates.yaml:2:19: invalid value of B=banana, err: strconv.ParseBool: parsing "banana": invalid syntax; expected true or false',
      'gates.yaml:2:30: invalid value of C=1; expected true or false',
    ]);
  });

  it('shows nothing of a file that is something else', () => {
    expect(thrownBy(() => parseGateText('- password: hunter2', YAML)).message).not.toContain('hunter2');
    expect(thrownBy(() => parseGateText('password = "hunter2\n', TOML)).message).not.toContain('hunter2');
  });

  it('reads only the parts that are asked for', () => {
    const text = 'features: [search, cart]\nfeatureGates: {A: true}\nfeature.x: 1\n';
    expect(said(text, { ...YAML, shapes: ['featureGates'] })).toEqual(['2:19 A=true']);
    expect(thrownBy(() => parseGateText('', { shapes: ['gates' as 'feature'] })).code).toBe('INVALID_ARGUMENT');
    expect(thrownBy(() => parseGateText('', { format: 'xml' as 'yaml' })).code).toBe('INVALID_ARGUMENT');
    expect(thrownBy(() => parseGateText('', { layer: 'flag' as 'file' })).code).toBe('INVALID_ARGUMENT');
  });
});

describe('JSON', () => {
  it('has the same shapes', () => {
    const text =
      '{"features": {"a": true, "b": {"enabled": "false"}},\n "featureGates": {"C": true},\n "feature": {"s": {"d": null, "e": true}},\n "feature-enable": ["F"]}';
    expect(said(text, JSON_FILE)).toEqual([
      '1:20 a=true',
      '1:43 b=false',
      '2:24 C=true',
      '4:21 F=true',
      '3:36 s.e=true',
    ]);
  });

  it('is JSON if the name says so', () => {
    expect(wrong('features: {a: true}', JSON_FILE)).toEqual(['PARSE_ERROR', 'gates.json:1:1 syntax']);
    expect(said('{"features": {"a": true}}', { file: 'gates.conf', format: 'json' })).toEqual(['1:20 a=true']);
  });

  it('is so, and has no comments, in a file for JSON with comments', () => {
    const jsonc = { file: 'gates.JSONC' };
    expect(said('{"features": {"a": true}}', jsonc)).toEqual(['1:20 a=true']);
    expect(thrownBy(() => parseGateText('// mine\n{"features": {"a": true}}', jsonc)).message).toMatch(/no comments/);
  });

  it('tells both places of a key that is there twice', () => {
    const error = thrownBy(() => parseGateText('{"features": {"a": true,\n "a": false}}', JSON_FILE));
    expect(error.message).toMatch(/^gates\.json:2:2: .*gates\.json:1:15/);
  });
});

describe('TOML', () => {
  it.each<[what: string, text: string, settings: readonly string[]]>([
    ['nothing', '', []],
    [
      'a larger file',
      'log_level = "info"\n[package.deploy]\ntimeout = "15m"\n\n[features]\naxolotl-mode = true # on\n',
      ['6:16 axolotl-mode=true'],
    ],
    [
      'features with enabled',
      '[features]\na = { enabled = true }\n[features.b]\nenabled = "f"\n[features."c.d"]\nenabled = true',
      ['2:17 a=true', '4:11 b=false', '6:11 c.d=true'],
    ],
    ['featureGates', 'featureGates = { A = true, "B" = false }\n', ['1:22 A=true', '1:34 B=false']],
    ['feature_gates', '[feature_gates]\nA = true\r\n', ['2:5 A=true']],
    [
      'feature, nested',
      '[feature]\nmulti-region = true\nstorage.ceph = true\n"storage.pure" = "false"\n[feature.net]\n\tovn = true\n',
      ['2:16 multi-region=true', '3:16 storage.ceph=true', '4:18 storage.pure=false', '6:8 net.ovn=true'],
    ],
    ['a dotted key at the top', 'feature.a.b = true\n"feature.c" = false\n', ['1:15 a.b=true', '2:15 c=false']],
    [
      'lists',
      'feature_enable = [\n  "A", # first\n  "B,C",\n]\nfeature-disable = "D"\n',
      ['2:3 A=true', '3:3 B=true', '3:3 C=true', '5:19 D=false'],
    ],
    [
      'after texts of every kind',
      'a = """\n[features]\nx = 1 \\""""\nb = \'\'\'[features]\n\'\'\'\'\nc = "[features] # \\" \\\\"\nd = \'# \\\'\n[features]\nz = true\n',
      ['9:5 z=true'],
    ],
    [
      'after quotes beside quotes',
      `a = [{ b = """c"""", d = '''e''''', f = 1 }]\n[features]\nz = true\n`,
      ['3:5 z=true'],
    ],
    [
      'after lists and tables',
      'a = [[1, 2], [{ b = [3], c = "]" }], # ]\n 1979-05-27T07:32:00Z ]\n[[b]]\nc = 1\n[[b]]\nc = {d.e = 1, f = []}\n[features]\nz = "T"\n',
      ['8:5 z=true'],
    ],
    [
      'names of prototypes',
      '[features]\n__proto__ = true\nconstructor = false\n',
      ['2:13 __proto__=true', '3:15 constructor=false'],
    ],
  ])('%s', (_, text, settings) => {
    expect(said(text, TOML)).toEqual(settings);
  });

  it.each<[what: string, text: string, issues: readonly string[]]>([
    [
      'numbers and dates',
      '[features]\na = 1\nb = 1979-05-27\n\n[featureGates]\nC = inf\n',
      ['2:5 not-a-boolean', '3:5 not-a-boolean', '6:5 not-a-boolean'],
    ],
    ['features that are a list', 'features = ["a"]\n', ['1:12 wrong-type']],
    ['features that are several tables', 'x = 1\n[[features]]\na = true\n', ['2:3 wrong-type']],
    ['a table without enabled', '[features]\nstorage.ceph = true\n', ['2:1 no-enabled']],
    ['a leaf and a subtree', '[feature]\nstorage = true\n"storage.ceph" = true\n', ['3:18 leaf-and-subtree']],
    ['a name twice', '[feature]\n"s.c" = true\ns.c = true\n', ['3:7 duplicate-key']],
    ['a list with something else', 'feature-enable = ["A",\n  1]\n', ['2:3 wrong-type']],
    ['a list with a list', 'feature-enable = [["A"]]\n', ['1:19 wrong-type']],
    ['a text that is not closed', '[features]\na = "true\n', ['2:10 syntax']],
    ['True', '[features]\na = True\n', ['2:5 syntax']],
    ['no value', '[features]\na\n', ['2:2 syntax']],
    ['many levels', `a = ${'['.repeat(200)}${']'.repeat(200)}\n`, ['1:105 too-deep']],
    ['many dots', `[feature.${'a.'.repeat(50_000)}a]\nb = true\n`, ['1:2 too-deep']],
  ])('%s', (_, text, issues) => {
    const [code, ...told] = wrong(text, TOML);
    expect(told).toEqual(issues.map((issue) => `gates.toml:${issue}`));
    expect(code).toBe(issues[0]?.includes('too-deep') ? 'TOO_LARGE' : 'PARSE_ERROR');
  });

  it.each<[text: string, place: string, first: string]>([
    ['[features]\na = true\nb = true\na = false\n', '4:1', '2:1'],
    ['[features]\na = true\n\n[features]\nb = true\n', '4:2', '1:2'],
    ['x = { a = 1, "a" = 2 }\n', '1:14', '1:7'],
    ['[feature]\na = true\n[feature.a]\nb = true\n', '3:2', '2:1'],
    ['[feature.a]\nb = true\n[feature]\na = true\n', '4:1', '1:2'],
    ['[feature]\na.b = true\na = true\n', '3:1', '2:1'],
    ['[[x]]\na = 1\n[[x]]\na = 1\n[[x.y]]\nb = 1\nb = 2\n', '7:1', '6:1'],
    ['a = """\n"a" = 1"""\n"\\u0061" = 2\n', '3:1', '1:1'],
  ])('%j is told with both places', (text, place, first) => {
    const error = thrownBy(() => parseGateText(text, TOML));
    expect(error.issues).toMatchObject([{ code: 'duplicate-key' }]);
    expect(error.message).toContain(`gates.toml:${place}: `);
    expect(error.message).toContain(`first at gates.toml:${first};`);
  });

  it('has numbers that JSON has not, which are told as they are written', () => {
    const numbers = 'featureGates = { A = nan, B = -inf }\n';
    expect(thrownBy(() => parseGateText(numbers, TOML)).message.split('\n')).toEqual([
      'gates.toml:1:22: invalid value of A=NaN; expected true or false',
      'gates.toml:1:31: invalid value of B=-Infinity; expected true or false',
    ]);
  });
});

describe('bounds', () => {
  it.each([YAML, JSON_FILE, TOML])('more than 16 MiB are refused: %j', (options) => {
    expect(thrownBy(() => parseGateText(`# ${'é'.repeat(8 * 1024 * 1024)}`, options)).code).toBe('TOO_LARGE');
  });

  it('takes a large file in one pass', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i} = true`).join('\n');
    const text = `a = """${'x"\\\\'.repeat(500_000)}"""\n${'# …\n'.repeat(100_000)}[features]\n${keys}`;
    const { settings } = parseGateText(text, TOML);
    expect(settings.at(-1)).toMatchObject({ name: 'k19999', place: { line: 120_002, column: 10 } });
  });
});

describe('what a file says and a program declares', () => {
  const about = { stage: 'alpha', owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
  const gates = defineGates({ program: 'zarf', version: '1.0.0' }, { Foo: about, 'storage.ceph': about });

  it.each<[string, string]>([
    [
      'features: {Foo: true}\nfeatureGates: {Foo: false}\n',
      'both enabled (by gates.yaml:1:17) and disabled (by gates.yaml:2:21)',
    ],
    [
      'feature-enable: [Foo]\nfeature-disable: [Foo]\n',
      'both enabled (by gates.yaml:1:18) and disabled (by gates.yaml:2:19)',
    ],
    [
      'feature: {Foo: false}\nfeatures: {feature.Foo: true}\n',
      'both enabled (by gates.yaml:2:25) and disabled (by gates.yaml:1:16)',
    ],
  ])('on and off in one file: %j', (text, says) => {
    const error = thrownBy(() => gates.with(parseGateText(text, YAML)));
    expect([error.code, error.issues[0]?.code]).toEqual(['INVALID_ARGUMENT', 'on-and-off']);
    expect(error.message).toContain(says);
  });

  it('an unknown name is told with its line', () => {
    const error = thrownBy(() => gates.with(parseGateText('features:\n  storage.cehp: true\n', YAML)));
    expect(error.message).toContain('gates.yaml:2:17');
    expect(error.issues).toMatchObject([{ code: 'unknown-gate', hint: 'did you mean storage.ceph?' }]);
  });

  it('the local file is told of and never thrown about', () => {
    const local = parseGateText('feature: {Bar: true, Foo: true}\n', { ...YAML, layer: 'local' });
    const after = gates.with(local);
    expect(after.enabled('Foo')).toBe(true);
    expect(after.issues).toMatchObject([{ severity: 'warning', code: 'unknown-gate', place: { line: 1 } }]);
  });
});
