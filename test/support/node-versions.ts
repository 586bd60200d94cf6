import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './run.ts';
import { ROOT } from './workspace.ts';

/** The Node majors the packages promise to run on. */
export const NODE_MAJORS = [20, 22, 24] as const;

/** One of the promised Node majors. */
export type NodeMajor = (typeof NODE_MAJORS)[number];

const binaries = new Map<NodeMajor, Promise<string>>();

/**
 * The path of a Node binary: the running one if it is that major, otherwise the npm package `node-<platform>-<arch>`,
 * installed once below `node_modules/.cache`.
 */
export function nodeBinary(major: NodeMajor): Promise<string> {
  const known = binaries.get(major);
  if (known !== undefined) return known;
  const binary = process.versions.node.startsWith(`${major}.`) ? Promise.resolve(process.execPath) : install(major);
  binaries.set(major, binary);
  return binary;
}

async function install(major: NodeMajor): Promise<string> {
  const folder = join(ROOT, 'node_modules', '.cache', 'flagwright', `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await mustRun('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${major}`], {
    cwd: folder,
  });
  return binary;
}
