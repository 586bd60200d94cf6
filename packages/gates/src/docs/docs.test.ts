import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectedBy } from '../../test/thrown.ts';
import type { GateDeclarations } from '../declaration.ts';
import { defineGates, type Gates } from '../gates.ts';
import { gatesFromArgs } from '../input/args.ts';
import { gatesFromEnv } from '../input/env.ts';
import type { Layer } from '../layer.ts';
import { layer } from '../layer.ts';
import { parseGateText } from '../load/gate-text.ts';
import { checkGateReference, gateReference, type ReferenceOptions, undocumented, writeGateReference } from './index.ts';
import { code, linkOrPath, plain, table } from './markdown.ts';

const declared = {
  EventsProxy: {
    owner: '@datum-cloud/platform',
    description: 'Forwards events to the activity service.',
    history: [
      { version: '0.1', stage: 'alpha' },
      { version: '0.3', stage: 'beta' },
      { version: '0.9', stage: 'ga', locked: true },
    ],
    proposal: 'https://example.com/enhancements/1',
  },
  Sessions: { stage: 'beta', owner: '@x', description: 'Sessions as resources.', since: '0.2' },
  SessionGroups: {
    stage: 'beta',
    owner: '@x',
    description: 'Sessions in groups.',
    since: '0.2',
    requires: ['Sessions'],
  },
  'storage.ceph': {
    stage: 'alpha',
    owner: '@x',
    description: 'Ceph as a backend.',
    since: '0.5.0',
    requires: ['storage.base', 'Sessions'],
  },
  'storage.base': { stage: 'alpha', owner: '@x', description: 'What all backends share.', since: '0.5.0' },
  UserIdentities: { stage: 'ga', locked: true, owner: '@x', description: 'Identities of users.', since: '0.1' },
  MachineAccountKeys: {
    stage: 'deprecated',
    default: true,
    owner: '@x',
    description: 'Keys of machines.',
    since: '0.1',
    until: '0.9',
    replacement: 'UserIdentities',
    proposal: 'docs/proposals/keys.md',
  },
  Gone: { stage: 'removed', default: false, owner: '@x', description: 'What it was once.', since: '0.1', until: '0.4' },
  Later: { owner: '@x', description: 'It comes in time.', history: [{ version: '0.8', stage: 'alpha' }] },
} as const satisfies GateDeclarations;

function milo(declarations: GateDeclarations = declared, version = '0.5.0'): Gates {
  return defineGates({ program: 'milo', version, onWarning: () => undefined }, declarations);
}

/** What stands between a heading and the next one. */
function partOf(page: string, title: string): string {
  const parts = page.split(/^#+ (.*)$/m);
  return parts[parts.indexOf(title) + 1]!.trim();
}

describe('gateReference', () => {
  const page = gateReference(milo(), { ways: ['flag', 'env', 'file', 'cluster'] });

  it('has the tables of Kubernetes', () => {
    expect(partOf(page, 'Alpha and beta gates').split('\n')).toEqual([
      '| Feature                           | Default         | Stage | Since | Until |',
      '| --------------------------------- | --------------- | ----- | ----- | ----- |',
      '| [`EventsProxy`](#eventsproxy)     | `false`         | Alpha | 0.1   | 0.3   |',
      '| [`EventsProxy`](#eventsproxy)     | `true`          | Beta  | 0.3   | 0.9   |',
      '| [`EventsProxy`](#eventsproxy)     | `true` (locked) | GA    | 0.9   | –     |',
      '| [`Later`](#later)                 | `false`         | Alpha | 0.8   | –     |',
      '| [`SessionGroups`](#sessiongroups) | `true`          | Beta  | 0.2   | –     |',
      '| [`Sessions`](#sessions)           | `true`          | Beta  | 0.2   | –     |',
      '| [`storage.base`](#storagebase)    | `false`         | Alpha | 0.5.0 | –     |',
      '| [`storage.ceph`](#storageceph)    | `false`         | Alpha | 0.5.0 | –     |',
    ]);
    expect(partOf(page, 'Graduated, deprecated and removed gates').split('\n').slice(2)).toEqual([
      '| [`Gone`](#gone)                             | `false` (locked) | Removed    | 0.4   | –     |',
      '| [`MachineAccountKeys`](#machineaccountkeys) | `true`           | Deprecated | 0.1   | 0.9   |',
      '| [`UserIdentities`](#useridentities)         | `true` (locked)  | GA         | 0.1   | –     |',
    ]);
  });

  it('says what stages mean, of those there are', () => {
    const rows = (text: string): readonly string[] =>
      [...text.matchAll(/^\| (Alpha|Beta|GA|Deprecated|Removed) +\| (\S[^|]*?) +\|/gm)]
        .slice(0, 5)
        .map(([, a, b]) => `${a}: ${b}`);
    const stages = ['Alpha: off', 'Beta: on', 'GA: on', 'Deprecated: as it says', 'Removed: as it says'];
    expect(rows(page)).toEqual(stages);
    const { Sessions } = declared;
    const edge = defineGates({ program: 'milo', version: '0.5.0', channel: 'stable' }, { Sessions });
    expect(rows(gateReference(edge))).toEqual(['Beta: off']);
  });

  it('says all of a gate', () => {
    expect(partOf(page, '`EventsProxy`')).toBe(
      [
        'Forwards events to the activity service.',
        '',
        '- Stage: Beta, on by default',
        '- Owner: @datum-cloud/platform',
        '- Since: 0.1',
        '- Proposal: <https://example.com/enhancements/1>',
        '',
        'To switch it off, any of:',
        '',
        '| Where        | How                                     |',
        '| ------------ | --------------------------------------- |',
        '| command line | `--feature-gates=EventsProxy=false`     |',
        '| command line | `--features=EventsProxy=false`          |',
        '| command line | `--feature-disable=EventsProxy`         |',
        '| environment  | `MILO_FEATURE_EVENTS_PROXY=false`       |',
        '| environment  | `MILO_FEATURE_GATES=EventsProxy=false`  |',
        `| environment  | \`MILO_FEATURES='{"EventsProxy":false}'\` |`,
        '| environment  | `MILO_FEATURE_DISABLE=EventsProxy`      |',
        '| file, YAML   | `features: { EventsProxy: false }`      |',
        '| file, TOML   | `features = { EventsProxy = false }`    |',
        '| cluster      | `feature.EventsProxy=false`             |',
      ].join('\n'),
    );
  });

  it.each([
    [
      '`MachineAccountKeys`',
      '- Will be removed in: 0.9\n- Use instead: [`UserIdentities`](#useridentities)\n- Proposal: `docs/proposals/keys.md`',
    ],
    ['`Sessions`', '- Required by: [`SessionGroups`](#sessiongroups), [`storage.ceph`](#storageceph)'],
    ['`storage.ceph`', '- Requires: [`storage.base`](#storagebase), [`Sessions`](#sessions)'],
    ['`UserIdentities`', '- Stage: GA, always on'],
    ['`UserIdentities`', 'It cannot be switched off.'],
    [
      '`Gone`',
      '- Stage: Removed, always off\n- Owner: @x\n- Since: 0.1\n- Removed in: 0.4\n\nIt cannot be switched on.',
    ],
    ['`Later`', '- Stage: not there yet, it comes in 0.8'],
    ['`Later`', 'It cannot be switched on before.'],
  ])('says of %s: %s', (title, text) => {
    expect(partOf(page, title)).toContain(text);
  });

  it('changes with the version that brings a stage, and with no other', () => {
    expect(gateReference(milo(declared, '0.7.9'))).toBe(gateReference(milo()));
    expect(partOf(gateReference(milo(declared, '0.9.0')), '`EventsProxy`')).toContain('- Stage: GA, always on');
  });

  it('shows nothing of what is set', () => {
    const set = milo().with(layer('env', { Sessions: false, SessionGroups: false, 'storage.base': true }, 'SECRET'));
    expect(gateReference(set)).toBe(gateReference(milo()));
  });

  it('has the defaults of the channel', () => {
    const gates = defineGates({ program: 'milo', version: '0.5.0', channel: 'stable' }, declared);
    expect(partOf(gateReference(gates), '`Sessions`')).toContain('off by default');
    expect(gateReference(gates)).toContain('the channel `stable`');
  });

  it.each([
    [{ ways: [] }, '- Required by: [`storage.ceph`](#storageceph)'],
    [{ ways: ['cluster'] }, '| cluster | `feature.storage.base=true` |'],
    [
      { ways: ['flag'], flags: { features: false, featureGates: '--gates', featureEnable: false } },
      '| command line | `--gates=storage.base=true` |',
    ],
  ] satisfies [ReferenceOptions, string][])('shows the ways of the program alone: %j', (options, last) => {
    const text = partOf(gateReference(milo(), options), '`storage.base`');
    expect(text.split('\n').at(-1)).toBe(last);
  });

  it('stands at any level', () => {
    const titles = [...gateReference(milo(), { level: 4 }).matchAll(/^#+/gm)].map(([marks]) => marks.length);
    expect(new Set(titles)).toEqual(new Set([4, 5]));
  });

  it.each([{ ways: ['letter'] }, { level: 0 }, { level: 6 }, { level: 2.5 }] as unknown as ReferenceOptions[])(
    'refuses %j',
    async (options) => {
      expect((await rejectedBy(() => gateReference(milo(), options))).code).toBe('INVALID_ARGUMENT');
    },
  );

  it('is there without a gate', () => {
    expect(gateReference(milo({}))).toBe('`milo` has no feature gates.');
  });
});

describe('every spelling that is shown', () => {
  // words that YAML takes for something else
  const words = { Null: declared.Sessions, yes: { ...declared.Sessions, requires: ['Null'] } };
  const gates = milo({ ...declared, ...words });
  const page = gateReference(gates, { ways: ['flag', 'env', 'file', 'cluster'] });
  const switchable = gates.list().filter(({ locked }) => !locked);

  function layerOf(where: string, how: string): Layer {
    switch (where) {
      case 'command line':
        return gatesFromArgs([how]).layer;
      case 'environment': {
        // one word of a shell each, with or without quotes
        const words = [...how.matchAll(/([A-Z_]+)=(?:'([^']*)'|(\S+))/g)];
        return gatesFromEnv(gates, Object.fromEntries(words.map(([, name, quoted, bare]) => [name, quoted ?? bare])));
      }
      case 'file, YAML':
      case 'file, TOML':
        return parseGateText(how, { format: where === 'file, YAML' ? 'yaml' : 'toml', file: 'gates' });
      default:
        return {
          name: 'cluster',
          settings: how.split(' ').map((key) => {
            const [given = '', value] = key.split('=');
            return { name: given, enabled: value === 'true', from: where };
          }),
        };
    }
  }

  it.each(switchable.map(({ name }) => name))('switches %s', (name) => {
    const rows = [...partOf(page, `\`${name}\``).matchAll(/^\| ([^|]*?) +\| `(.*?)` +\|$/gm)];
    for (const [, where, how] of rows) {
      const given = layerOf(where!, how!);
      expect([how, gates.with(given).state(name).enabled]).toEqual([how, !gates.state(name).default]);
    }
    expect(rows.length).toBeGreaterThanOrEqual(10);
  });
});

describe('undocumented', () => {
  const good = { stage: 'beta', owner: '@x', description: 'Does what it says.', since: '0.1' } as const;

  it.each([
    ['nothing', good, []],
    ['a description that is the name', { ...good, description: 'Events proxy.' }, ['thin-description']],
    ['a description of a word', { ...good, description: 'Proxies' }, ['thin-description']],
    ['an end that is not known', { ...good, stage: 'deprecated', default: true }, ['no-until']],
    ['no end that is known', { ...good, stage: 'deprecated', default: true, until: '0.9' }, []],
    [
      'no end that is in the history',
      {
        owner: '@x',
        description: 'Does what it says.',
        history: [
          { version: '0.1', stage: 'beta' },
          { version: '0.2', stage: 'deprecated', default: true },
          { version: '0.9', stage: 'removed', default: false },
        ],
      },
      [],
    ],
  ] satisfies [string, GateDeclarations[string], string[]][])('tells of %s', async (_, gate, codes) => {
    const gates = milo({ EventsProxy: gate });
    expect(undocumented(gates).map(({ code: one }) => one)).toEqual(codes);
    expect(undocumented(gates, { proposals: true }).map(({ code: one }) => one)).toEqual([...codes, 'no-proposal']);
    if (codes.length > 0)
      expect(await rejectedBy(() => gateReference(gates))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('Markdown', () => {
  it.each([
    ['a | b', 'a \\| b'],
    ['`code` and <b>HTML</b> & more', '\\`code\\` and &lt;b&gt;HTML&lt;/b&gt; &amp; more'],
    ['*a* _b_ ~c~ [d](e) $f$ {g} \\h', '\\*a\\* \\_b\\_ \\~c\\~ \\[d\\](e) \\$f\\$ \\{g\\} \\\\h'],
    ['two\nlines\r\n\r\n  and  more', 'two lines and more'],
    ['# no heading', '\\# no heading'],
    ['- no list', '\\- no list'],
    ['1. no list', '1\\. no list'],
    ['=== no line', '\\=== no line'],
    ['see https://a.b/c_d?e=*f*.', 'see <https://a.b/c_d?e=*f*>.'],
    ['(https://a.b)', '(<https://a.b>)'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['\u001b[31mred\u202e', '�\\[31mred�'],
  ])('shows %j as it is', (text, markdown) => {
    expect(plain(text)).toBe(markdown);
  });

  it.each([
    ['a', '`a`'],
    ['a`b', '`` a`b ``'],
    ['``', '``` `` ```'],
    ['a|b', '`a\\|b`'],
    ['a\nb', '`a b`'],
  ])('has %j as code', (text, markdown) => {
    expect(code(text)).toBe(markdown);
  });

  it.each([
    ['https://a.b/c', '<https://a.b/c>'],
    ['docs/a.md', '`docs/a.md`'],
    ['javascript:alert(1)', '`javascript:alert(1)`'],
    ['https://a.b/<script>', '`https://a.b/<script>`'],
  ])('links %j if it is an address', (text, markdown) => {
    expect(linkOrPath(text)).toBe(markdown);
  });

  it('has tables with columns of equal width', () => {
    expect(table(['a', 'long'], [['🚀🚀', 'b']])).toBe('| a  | long |\n| -- | ---- |\n| 🚀🚀 | b    |');
  });
});

describe('a page', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'flagwright-gates-docs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made, found good, and stale once the declarations change', async () => {
    const file = join(folder, 'docs', 'gates.md');
    expect(await rejectedBy(() => checkGateReference({ gates: milo(), file }))).toMatchObject({ code: 'CONFLICT' });
    expect(await writeGateReference({ gates: milo(), file })).toBe(true);
    expect(readFileSync(file, 'utf8')).toMatch(/^# Feature gates of milo\n\n<!-- feature-gates:start -->\n/);
    await checkGateReference({ gates: milo(), file });
    expect(await writeGateReference({ gates: milo(), file })).toBe(false);

    const changed = { ...declared, Gone: { ...declared.Gone, owner: '@y' } };
    const error = await rejectedBy(() => checkGateReference({ gates: milo(changed), file }));
    expect(error.code).toBe('CONFLICT');
    const line = Number(/gates\.md:(\d+) /.exec(error.message)![1]);
    const page = readFileSync(file, 'utf8').split('\n');
    expect(page.slice(line - 4, line)).toEqual([
      'What it was once.',
      '',
      '- Stage: Removed, always off',
      '- Owner: @x',
    ]);
    expect(error.message).toContain('"- Owner: @x", and should be "- Owner: @y"');
    expect(await writeGateReference({ gates: milo(changed), file })).toBe(true);
    await checkGateReference({ gates: milo(changed), file });
  });

  it('keeps what stands around', async () => {
    const file = join(folder, 'around.md');
    writeFileSync(file, 'Before.\n\n<!-- gates:start -->\nSTALE\n<!-- gates:end -->\n\nAfter.\n');
    await writeGateReference({ gates: milo(), file, marker: 'gates', level: 3 });
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^Before\.\n\n<!-- gates:start -->\n\n<!-- .* -->\n\nThese are /);
    expect(text).toMatch(/\|\n\n<!-- gates:end -->\n\nAfter\.\n$/);
    expect(text).not.toContain('STALE');
    await checkGateReference({ gates: milo(), file, marker: 'gates', level: 3 });
    expect(await rejectedBy(() => checkGateReference({ gates: milo(), file, marker: 'gates' }))).toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('keeps the line ends of its system', async () => {
    const file = join(folder, 'windows.md');
    writeFileSync(file, '# Gates\r\n\r\n<!-- feature-gates:start -->\r\n<!-- feature-gates:end -->\r\n');
    await writeGateReference({ gates: milo(), file });
    expect(readFileSync(file, 'utf8')).not.toMatch(/[^\r]\n/);
    await checkGateReference({ gates: milo(), file });
  });

  it.each([
    ['by hand, without a place for it', '# By hand\n'],
    ['with half a place', '<!-- feature-gates:start -->\n'],
    ['with two places', '<!-- feature-gates:start --><!-- feature-gates:end -->'.repeat(2)],
    ['with the end first', '<!-- feature-gates:end --><!-- feature-gates:start -->'],
  ])('that was written %s is left alone', async (_, text) => {
    const file = join(folder, 'by-hand.md');
    writeFileSync(file, text);
    expect(await rejectedBy(() => writeGateReference({ gates: milo(), file }))).toMatchObject({ code: 'CONFLICT' });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that is not in UTF-8 is left alone', async () => {
    const file = join(folder, 'latin.md');
    const bytes = Buffer.from('caf\xE9\n<!-- feature-gates:start -->\n<!-- feature-gates:end -->\n', 'latin1');
    writeFileSync(file, bytes);
    expect(await rejectedBy(() => writeGateReference({ gates: milo(), file }))).toMatchObject({ code: 'PARSE_ERROR' });
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('keeps the mark of its encoding', async () => {
    const file = join(folder, 'marked.md');
    writeFileSync(file, '\uFEFF# Gates\n<!-- feature-gates:start -->\n<!-- feature-gates:end -->\n');
    await writeGateReference({ gates: milo(), file });
    expect(readFileSync(file, 'utf8')).toMatch(/^\uFEFF# Gates\n/);
  });

  it('is replaced as a whole, and keeps its permissions', async () => {
    const file = join(folder, 'whole.md');
    writeFileSync(file, '<!-- feature-gates:start -->\n<!-- feature-gates:end -->\n', { mode: 0o600 });
    const reader = openSync(file, 'r');
    try {
      const { ino, mode } = fstatSync(reader);
      await writeGateReference({ gates: milo(), file });
      // who has it open still reads the old one
      expect(readFileSync(reader, 'utf8')).toBe('<!-- feature-gates:start -->\n<!-- feature-gates:end -->\n');
      expect(statSync(file)).toMatchObject({ mode });
      expect(statSync(file).ino).not.toBe(ino);
    } finally {
      closeSync(reader);
    }
  });

  it('that differs in what cannot be seen says so', async () => {
    const file = join(folder, 'blanks.md');
    await writeGateReference({ gates: milo(), file });
    const page = readFileSync(file, 'utf8');
    const messageOf = async (text: string): Promise<string> => {
      writeFileSync(file, text);
      return (await rejectedBy(() => checkGateReference({ gates: milo(), file }))).message;
    };
    expect(await messageOf(page.replace('- Owner: @x', '-  Owner: @x '))).toContain(
      'Only blanks or line ends differ in "- Owner: @x"',
    );
    const long = milo({ Long: { ...declared.Gone, description: `${'very '.repeat(30)}long.` } });
    await writeGateReference({ gates: long, file });
    writeFileSync(file, readFileSync(file, 'utf8').replace('very long.', 'very short.'));
    expect((await rejectedBy(() => checkGateReference({ gates: long, file }))).message).toContain(
      'It differs from column 151 on: "very very',
    );
  });

  it('that cannot be read or written is told', async () => {
    expect(await rejectedBy(() => writeGateReference({ gates: milo(), file: folder }))).toMatchObject({
      code: 'UNAVAILABLE',
    });
    writeFileSync(join(folder, 'plain'), '');
    const file = join(folder, 'plain', 'gates.md');
    expect(await rejectedBy(() => writeGateReference({ gates: milo(), file }))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is marked by a word', async () => {
    const file = join(folder, 'x.md');
    expect(await rejectedBy(() => writeGateReference({ gates: milo(), file, marker: '--> <b>' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
