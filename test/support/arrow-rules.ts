import { DRIVERS, type Layer } from './layers.ts';
import { at, type PackageImport, packageImports, type Rule, type Violation } from './rule.ts';
import { type Manifest, shortName, type WorkspacePackage } from './workspace.ts';

const NOTHING: Layer = { level: 0 };

function declared(manifest: Manifest): ReadonlySet<string> {
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  return new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
}

function isOptionalPeer(manifest: Manifest, name: string): boolean {
  return manifest.peerDependenciesMeta?.[name]?.optional === true;
}

function inManifest(subject: WorkspacePackage, problem: string): Violation {
  return { where: `${subject.directory}/package.json`, problem };
}

const inTable: Rule = {
  name: 'in-table',
  promise: 'every folder in packages/ has a row in the layer table',
  check: (subject, layers) =>
    layers[subject.directory] === undefined ? [inManifest(subject, 'has no row in test/support/layers.ts')] : [],
};

function mayImport(layer: Layer, found: PackageImport): boolean {
  const { workspace, specifier, dynamic, file } = found;
  if (workspace === undefined) return true;
  if (layer.lazily?.[workspace]?.test(file.path) && dynamic) return true;
  const subpath = specifier.slice(found.package.length);
  return layer.workspace?.some((allowed) => allowed === workspace || allowed === `${workspace}${subpath}`) ?? false;
}

const arrows: Rule = {
  name: 'arrows',
  promise: 'workspace packages are imported and declared along the arrows of the table only',
  check(subject, layers) {
    const layer = layers[subject.directory] ?? NOTHING;
    const allowed = new Set([
      ...(layer.workspace ?? []).map((name) => name.split('/', 1)[0]),
      ...Object.keys(layer.lazily ?? {}),
    ]);
    const imports = packageImports(subject)
      .filter((found) => !mayImport(layer, found))
      .map((found) => ({ where: at(subject, found.file, found.line), problem: `imports ${found.specifier}` }));
    const manifest = [...declared(subject.manifest)]
      .filter((name) => shortName(name) !== undefined && !allowed.has(shortName(name)))
      .map((name) => inManifest(subject, `depends on ${name}`));
    return [...imports, ...manifest];
  },
};

const thirdParties: Rule = {
  name: 'third-parties',
  promise: 'third-party packages are declared as the table says: dependency, peer or optional peer',
  check(subject, layers) {
    const { manifest } = subject;
    const layer = layers[subject.directory] ?? NOTHING;
    const kinds = [
      ['dependency', manifest.dependencies, layer.dependencies],
      ['optional dependency', manifest.optionalDependencies, []],
      ['peer', manifest.peerDependencies, [...(layer.peers ?? []), ...(layer.optionalPeers ?? [])]],
    ] as const;
    const strays = kinds.flatMap(([kind, names = {}, allowed = []]) =>
      Object.keys(names)
        .filter((name) => shortName(name) === undefined && !allowed.includes(name))
        .map((name) => inManifest(subject, `has the ${kind} ${name}`)),
    );
    const hardened = (layer.optionalPeers ?? [])
      .filter((name) => manifest.peerDependencies?.[name] !== undefined && !isOptionalPeer(manifest, name))
      .map((name) => inManifest(subject, `must mark the peer ${name} optional in peerDependenciesMeta`));
    return [...strays, ...hardened];
  },
};

const drivers: Rule = {
  name: 'drivers',
  promise: 'no driver is a hard dependency of a package that can be used without it',
  check(subject, layers) {
    const allowed = layers[subject.directory]?.dependencies ?? [];
    return Object.keys({ ...subject.manifest.dependencies, ...subject.manifest.optionalDependencies })
      .filter((name) => DRIVERS.includes(name) && !allowed.includes(name))
      .map((name) => inManifest(subject, `installs the driver ${name}`));
  },
};

const declaredImports: Rule = {
  name: 'declared',
  promise: 'every package imported is declared',
  check(subject) {
    const names = declared(subject.manifest);
    return packageImports(subject)
      .filter((found) => !names.has(found.package))
      .map((found) => ({
        where: at(subject, found.file, found.line),
        problem: `imports ${found.specifier}, which package.json does not declare`,
      }));
  },
};

const usedDependencies: Rule = {
  name: 'used',
  promise: 'every package declared is imported (optional peers may be typed structurally)',
  check(subject) {
    const imported = new Set(packageImports(subject).map((found) => found.package));
    return [...declared(subject.manifest)]
      .filter((name) => !imported.has(name) && !isOptionalPeer(subject.manifest, name))
      .map((name) => inManifest(subject, `declares ${name}, which no source file imports`));
  },
};

const lazyPeers: Rule = {
  name: 'lazy-peers',
  promise: 'an optional peer is imported dynamically or as a type, so the package loads without it',
  check(subject) {
    return packageImports(subject)
      .filter((found) => isOptionalPeer(subject.manifest, found.package) && !found.dynamic && !found.typeOnly)
      .map((found) => ({
        where: at(subject, found.file, found.line),
        problem: `imports ${found.specifier} statically`,
      }));
  },
};

const yaml: Rule = {
  name: 'yaml',
  promise: 'js-yaml is imported in core/src/text and nowhere else',
  check: (subject) =>
    packageImports(subject)
      .filter((found) => found.package === 'js-yaml')
      .filter((found) => subject.directory !== 'core' || !found.file.path.startsWith('src/text/'))
      .map((found) => ({ where: at(subject, found.file, found.line), problem: 'imports js-yaml' })),
};

/** Who may depend on whom. */
export const ARROW_RULES: readonly Rule[] = [
  inTable,
  arrows,
  thirdParties,
  drivers,
  declaredImports,
  usedDependencies,
  lazyPeers,
  yaml,
];
