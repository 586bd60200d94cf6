/** Something to ask the API for. */
export interface Op {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  /** Hears what was answered, if it was done: later operations name its version. */
  learn(answer: { readonly id: string; readonly kind: string; readonly version: string }): void;
}

const PROJECTS = ['one', 'two'];
export const STAGES: readonly string[] = ['dev', 'staging'];
const FLAGS = ['a', 'b', 'c', 'd'];
const VARIANTS = [
  { type: 'STRING', variants: { x: '1', y: '2' } },
  { type: 'STRING', variants: { y: '2', x: '1' } },
  { type: 'STRING', variants: { x: '1' } },
  { type: 'STRING', variants: { y: '2' } },
  { type: 'INTEGER', variants: { x: 1, y: 2, on: 3 } },
  { type: 'BOOLEAN' },
];
const LOGIC = [null, '', '{"if":[true,"x"]}', { if: [{ '==': [{ var: 'plan' }, 'a'] }, 'x', null] }];

/** Operations at random, always the same ones of a seed; the first make projects, stages, links and flags. */
export function operations(seed: number): () => Op {
  let state = seed;
  // the generator of Park and Miller: random enough
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const chance = (share: number): boolean => random() < share;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const maybe = (share: number, members: () => object): object => (chance(share) ? members() : {});
  const versions = new Map<string, string[]>();
  const requests: string[] = [];

  /** Mostly of flags further on, so that few circles are tried. */
  const prerequisites = (flag: string): object => ({
    prerequisites: Array.from({ length: pick([0, 1, 1, 2]) }, () => ({
      key: pick(chance(0.85) ? FLAGS.slice(FLAGS.indexOf(flag) + 1) : FLAGS) ?? flag,
      variation: pick(['x', 'x', 'x', 'y']),
    })),
  });
  const variant = (): string => pick(['x', 'x', 'y', 'on']);
  const flagSpec = (flag: string): object => ({
    ...pick(VARIANTS),
    ...maybe(0.5, () => ({ defaultVariant: variant() })),
    ...maybe(0.4, () => ({ enabled: chance(0.5) })),
    ...maybe(0.6, () => prerequisites(flag)),
    ...maybe(0.1, () => ({ archived: chance(0.6) })),
  });
  const definition = (flag: string): object => ({
    ...maybe(0.6, () => ({ enabled: chance(0.6) })),
    ...maybe(0.5, () => ({ defaultVariant: variant() })),
    ...maybe(0.3, () => ({ targeting: pick(LOGIC) })),
    ...maybe(0.4, () => prerequisites(flag)),
  });
  /** Of a patch: some of what another spec has, and some taken out. */
  const patched = (spec: object): object =>
    Object.fromEntries(
      Object.entries(spec)
        .filter(([name]) => (name !== 'type' && name !== 'variants') || chance(0.2))
        .map(([name, value]) => [name, chance(0.2) && name !== 'type' ? null : value]),
    );

  const first = [
    ...STAGES.map((stage) => [`/stages/${stage}`, {}] as const),
    ...PROJECTS.map((project) => [`/projects/${project}`, {}] as const),
    ...['one/stages/dev', 'one/stages/staging', 'two/stages/dev'].map((link) => [`/projects/${link}`, {}] as const),
    ...FLAGS.slice(0, 3).map((flag) => [`/projects/one/feature-flags/${flag}`, VARIANTS[0]!] as const),
  ];
  const learned = (path: string, dryRun = false) => ({
    dryRun,
    learn({ version }: { readonly version: string }): void {
      versions.set(path, [...(versions.get(path) ?? []), version]);
    },
  });

  return () => {
    const start = first.shift();
    if (start !== undefined) return { method: 'PUT', path: start[0], body: { spec: start[1] }, ...learned(start[0]) };
    // most of it in one place: what is alone has nothing to do with others
    const project = chance(0.85) ? 'one' : pick(PROJECTS);
    const stage = chance(0.5) ? 'dev' : pick(STAGES);
    const flag = pick(FLAGS);
    const ofFlag = `/projects/${project}/feature-flags/${flag}`;
    const ofDefinition = `/projects/${project}/stages/${stage}/feature-flags/${flag}`;
    const others: readonly (readonly [path: string, spec: () => object])[] = [
      [`/projects/${project}/contexts/plan`, () => ({ type: pick(['STRING', 'VERSION']) })],
      [`/projects/${project}/stages/${stage}`, () => ({ requireChangeRequest: chance(0.1) })],
      [`/projects/${project}/stages/${stage}`, () => ({})],
      [`/projects/${project}`, () => ({ description: pick(['p', 'q']) })],
      [`/stages/${stage}`, () => ({})],
    ];
    const [path, spec] = chance(0.35)
      ? ([ofFlag, () => flagSpec(flag)] as const)
      : chance(0.7)
        ? ([ofDefinition, () => definition(flag)] as const)
        : pick(others);
    const dryRun = chance(0.08);
    const query = [...(dryRun ? ['dryRun=true'] : []), ...(chance(0.3) ? ['force=true'] : [])];
    const asked = (to: string): string => (query.length === 0 ? to : `${to}?${query.join('&')}`);
    const known = versions.get(path) ?? [];
    const headers: Record<string, string> =
      chance(0.25) && known.length > 0 ? { 'if-match': `"${pick(known.slice(-2))}"` } : {};
    const kind = random();
    if (kind < 0.4)
      return { method: 'PUT', path: asked(path), body: { spec: spec() }, headers, ...learned(path, dryRun) };
    if (kind < 0.55)
      return { method: 'PATCH', path: asked(path), body: { spec: patched(spec()) }, headers, ...learned(path, dryRun) };
    // what holds others goes seldom: nothing can be done without it
    const rare = path !== ofFlag && path !== ofDefinition && chance(0.7);
    if (kind < 0.66 && !rare) return { method: 'DELETE', path: asked(path), headers, ...learned(path, dryRun) };
    if (kind < 0.78 && known.length > 0) {
      return {
        method: 'POST',
        path: asked(`${path}/rollback`),
        body: { version: pick(known) },
        ...learned(path, dryRun),
      };
    }
    if (kind < 0.85) {
      const body = {
        from: stage,
        to: pick(STAGES.filter((other) => other !== stage)),
        ...maybe(0.3, () => ({ asChangeRequest: true })),
      };
      const to = `/projects/${project}/stages/${body.to}/feature-flags/${flag}`;
      const promoted = learned(to, dryRun);
      return {
        ...promoted,
        method: 'POST',
        path: asked(`${ofFlag}/promote`),
        body,
        learn: (answer) => (answer.kind === 'ChangeRequest' ? void requests.push(answer.id) : promoted.learn(answer)),
      };
    }
    const request = requests.at(-1 - Math.floor(random() * 3));
    if (kind < 0.92 || request === undefined) {
      const said = { projectId: project, stageId: stage, featureFlagId: flag, ...definition(flag) };
      const learn: Op['learn'] = ({ id }) => void requests.push(id);
      return { method: 'POST', path: '/change-requests', body: { spec: said }, dryRun: false, learn };
    }
    const verb = pick(['apply', 'apply', 'apply', 'close']);
    const body = verb === 'apply' && chance(0.2) ? { force: true } : {};
    return { method: 'POST', path: `/change-requests/${request}/${verb}`, body, dryRun: false, learn: () => {} };
  };
}
