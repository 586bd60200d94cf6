import { startWorker } from '../propagation/worker.mjs';
import { api, BASE, each } from './api.mjs';
import { inRounds, overRounds, spread, watched } from './rounds.mjs';
import { newGround, newTokens, serve, withEach } from './servers.mjs';

const STAGES = ['dev', 'test', 'preview', 'staging', 'production'];
const PROJECT = 'large';

/** Of the flags, so many are made by the API, the others are copies of them by SQL. */
const MADE = 100;
const COPIES = 100;
const FLAGS = MADE * COPIES;
const WIDTH = 8;

const flags = (query = '') => [`${BASE}/projects/${PROJECT}/feature-flags?${query}`, FLAGS];
const definitions = (query = '') => [`${BASE}/projects/${PROJECT}/stages/production/feature-flags?${query}`, FLAGS];
const filter = (text) => `filter=${encodeURIComponent(text)}`;
const NEWEST = 'sort=-modificationInfo.lastModifiedTime';

/** What is asked for, and how many there must be in all. Pages have 100 items, as they have by default. */
const CASES = {
  'flags, first page': flags(),
  'flags, last page': flags('page=100'),
  'flags, newest first': flags(NEWEST),
  'flags, by name': [flags(filter('name~"flag 42"'))[0], COPIES],
  'flags, tag and type, newest first': [flags(`${filter('tags~team-3 and type=BOOLEAN')}&${NEWEST}`)[0], FLAGS / 10],
  'definitions, first page': definitions(),
  'definitions, last page': definitions('page=100'),
  'definitions, newest first': definitions(NEWEST),
  'definitions, enabled': [definitions(filter('enabled=true'))[0], FLAGS / 2],
  'definitions, 1,000 a page': definitions('pageSize=1000'),
};

/** Lists in a project of 10,000 flags with a definition in each of 5 stages. */
export async function lists(_scenario, names, { quick, progress }) {
  return withEach(
    names,
    (engine) => openLarge(engine, progress),
    async (opened) => {
      const cases = Object.fromEntries(names.map((name) => [name, { ...opened.get(name).made }]));
      for (const [title, [path, total]] of Object.entries(CASES)) {
        const measured = await inRounds(names, quick ? 1 : 3, (name, round) => {
          progress(`${name}, ${title}, round ${round + 1}`);
          return oneRound(opened.get(name), path, { total, count: quick ? 5 : 20 });
        });
        for (const name of names) cases[name][title] = overRounds(measured[name]);
      }
      return Object.fromEntries(names.map((name) => [name, { cases: cases[name] }]));
    },
  );
}

async function oneRound({ caller, pid }, path, { total, count }) {
  // the first time, connections and statements are made ready
  await caller.ask('time', path, 2);
  const { took, cpu, others, ...said } = await watched([pid], () => caller.ask('time', path, count));
  if (said.total !== total) throw new Error(`${path}: ${said.total} in all, expected ${total}`);
  const { p50, ...more } = spread(took);
  return { value: p50, p50, ...more, ...(cpu === undefined ? undefined : { cpu: cpu / count }), others, ...said };
}

/**
 * The project, by the API and by SQL: 60,000 changes by the API take minutes. The copies are made while no server runs;
 * linking the stages afterwards has the server publish all of it, as it does for any project.
 */
async function openLarge(engine, progress) {
  const ground = await newGround(engine);
  let server;
  const caller = startWorker('caller', { folder: import.meta.dirname });
  const close = async () => {
    await caller.stop();
    await server?.stop();
    await ground.remove();
  };
  const made = {};
  const timed = async (title, work, count = 1) => {
    progress(`${engine}, ${title}`);
    const found = await watched(server === undefined ? [] : [server.pid], async () => {
      const began = performance.now();
      await work();
      return { value: ((performance.now() - began) * 1e6) / count };
    });
    made[title] = overRounds([{ ...found, ...(found.cpu === undefined ? undefined : { cpu: found.cpu / count }) }]);
  };
  try {
    server = await serve(ground);
    const { token } = server;
    const tokens = await newTokens(server, WIDTH, { role: 'admin' });
    await timed('a change while it is made, by the API', () => makeSome(server, tokens), MADE * (1 + STAGES.length));
    await server.stop();
    server = undefined;
    await timed('the copies, by SQL', () => copy(ground.database));
    server = await serve(ground, { token });
    const admin = api(server.url, tokens);
    await timed('a stage linked, its 10,000 flags published', () => link(admin), STAGES.length);
    admin.close();
    await caller.ask('open', server.url, tokens);
    return { caller, pid: server.pid, made, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeSome(server, tokens) {
  const admin = api(server.url, tokens, WIDTH);
  try {
    const there = new Set((await admin.ask('GET', '/stages')).items.map(({ metadata }) => metadata.id));
    for (const id of STAGES) {
      if (!there.has(id)) await admin.ask('POST', '/stages', { metadata: { id }, spec: { name: id } });
    }
    await admin.ask('POST', '/projects', { metadata: { id: 'sample' }, spec: { name: 'Sample' } });
    await admin.ask('POST', '/projects', { metadata: { id: PROJECT }, spec: { name: 'Large' } });
    for (const stage of STAGES) await admin.ask('POST', '/projects/sample/stages', { metadata: { stage }, spec: {} });
    await each(Array.from({ length: MADE }).keys(), WIDTH, async (i) => {
      const id = `flag-${i}`;
      await admin.ask('POST', '/projects/sample/feature-flags', { metadata: { id }, spec: flagOf(i) });
      for (const stage of STAGES) {
        await admin.ask('PUT', `/projects/sample/stages/${stage}/feature-flags/${id}`, { spec: decisionOf(i) });
      }
    });
  } finally {
    admin.close();
  }
}

const flagOf = (i) => ({
  name: `The flag ${i}`,
  description: `What the flag of number ${i} is for, in a sentence as people write them, and whom to ask about it.`,
  type: 'BOOLEAN',
  owner: `team-${i % 10}`,
  tags: [`team-${i % 10}`, i % 2 === 0 ? 'web' : 'backend', 'release'],
});

const decisionOf = (i) => ({
  enabled: i % 2 === 0,
  defaultVariant: 'off',
  rules: [
    {
      id: 'staff',
      clauses: [{ attribute: 'email', operator: 'endsWith', values: ['@staff.example'] }],
      variation: 'on',
    },
    {
      id: 'some',
      rollout: {
        bucketBy: 'key',
        variations: [
          { variation: 'off', weight: 80_000 },
          { variation: 'on', weight: 20_000 },
        ],
      },
    },
  ],
});

/** Resources and their history, each with a version and a time of its own; only what the server makes of them is left. */
async function copy(database) {
  const seeder = startWorker('seeder', { folder: import.meta.dirname });
  const columns = 'kind, project, stage, id, version, spec, created_at, created_by, modified_at, modified_by';
  try {
    await seeder.ask('run', database, [
      `insert into flagwright.resources (${columns})
       select kind, '${PROJECT}', stage, id || '-' || n, nextval('flagwright.versions'), spec,
         created_at - n * interval '1 hour', created_by, modified_at - n * interval '1 minute', modified_by
       from flagwright.resources, generate_series(1, ${COPIES}) n
       where project = 'sample' and kind in ('FeatureFlag', 'FeatureFlagStage')`,
      `insert into flagwright.audit (version, at, actor, request, action, kind, project, stage, id, after)
       select version, modified_at, modified_by, 'seed', 'create', kind, project, stage, id, json_build_object('spec', spec)
       from flagwright.resources where project = '${PROJECT}' and kind in ('FeatureFlag', 'FeatureFlagStage')`,
    ]);
  } finally {
    await seeder.stop();
  }
}

async function link(admin) {
  for (const stage of STAGES) {
    await admin.ask('POST', `/projects/${PROJECT}/stages`, { metadata: { stage }, spec: {} });
  }
}
