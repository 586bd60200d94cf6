import type { Rule } from './rule.ts';
import { type ExportTarget, isTest, type Manifest, type WorkspacePackage } from './workspace.ts';

/** The condition that points at TypeScript sources, used inside the workspace only. */
export const SOURCE_CONDITION = '@flagwright/source';

function problems(subject: WorkspacePackage, wrong: readonly (string | false)[]) {
  return wrong
    .filter((problem) => problem !== false)
    .map((problem) => ({ where: `${subject.directory}/package.json`, problem }));
}

function expectedName(directory: string): string {
  return directory === 'flagwright' ? directory : `@flagwright/${directory}`;
}

const manifest: Rule = {
  name: 'manifest',
  promise: 'package.json: name, ESM, no side effects, licence, engines, published files',
  check(subject) {
    const { name, type, sideEffects, license, engines, files = [] } = subject.manifest;
    const expected = expectedName(subject.directory);
    return problems(subject, [
      name !== expected && `name is ${name}, the folder says ${expected}`,
      type !== 'module' && 'type is not "module"',
      sideEffects !== false && 'sideEffects is not false',
      license !== 'Apache-2.0' && 'license is not Apache-2.0',
      engines?.node !== '>=20.19' && 'engines.node is not ">=20.19"',
      !files.includes('dist') && 'files does not list dist',
    ]);
  },
};

/** `./src/text/index.ts` → its built file with another ending. */
function built(source: string, ending: string): string {
  return source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, ending);
}

function checkTarget(subject: WorkspacePackage, subpath: string, target: ExportTarget): readonly (string | false)[] {
  if (typeof target === 'string') {
    const data = /\.(json|sql)$/.test(target);
    return [
      !data && `exports["${subpath}"] is a plain string but neither JSON nor SQL`,
      data && !target.includes('*') && !subject.has(target) && `exports["${subpath}"] names a file that does not exist`,
    ];
  }
  const source = target[SOURCE_CONDITION];
  if (source === undefined) return [`exports["${subpath}"] has no ${SOURCE_CONDITION}`];
  return [
    (!subject.has(source) || isTest(source)) && `exports["${subpath}"] points at ${source}, which is no source file`,
    Object.keys(target).join() !== `${SOURCE_CONDITION},types,default` &&
      `exports["${subpath}"] must have the conditions ${SOURCE_CONDITION}, types, default, in that order`,
    target.types !== built(source, '.d.ts') && `exports["${subpath}"].types is not ${built(source, '.d.ts')}`,
    target.default !== built(source, '.js') && `exports["${subpath}"].default is not ${built(source, '.js')}`,
  ];
}

/** `exports` as published: without the source condition. */
export function publishedExports({ exports = {} }: Manifest): Readonly<Record<string, ExportTarget>> {
  return Object.fromEntries(
    Object.entries(exports).map(([subpath, target]) => {
      if (typeof target === 'string') return [subpath, target];
      return [subpath, Object.fromEntries(Object.entries(target).filter(([name]) => name !== SOURCE_CONDITION))];
    }),
  );
}

const exportsMap: Rule = {
  name: 'exports',
  promise: 'every export has a source file, its built files, and the same entry in publishConfig',
  check(subject) {
    const { exports = {}, publishConfig } = subject.manifest;
    const published = JSON.stringify(publishedExports(subject.manifest));
    return problems(subject, [
      Object.keys(exports).length === 0 && 'has no exports',
      exports['./package.json'] !== './package.json' && 'does not export ./package.json',
      JSON.stringify(publishConfig?.exports) !== published &&
        `publishConfig.exports is not exports without ${SOURCE_CONDITION}`,
      ...Object.entries(exports).flatMap(([subpath, target]) => checkTarget(subject, subpath, target)),
    ]);
  },
};

/** What a package says about itself. */
export const MANIFEST_RULES: readonly Rule[] = [manifest, exportsMap];
