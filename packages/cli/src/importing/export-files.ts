import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { replaceFile } from '../files/replace-file.ts';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { manifestYaml } from '../output/yaml.ts';
import type { Exported } from './exported.ts';

/** Where flags are, each in a file of its own with all that stages say of it. */
const FLAGS = 'feature-flags';

/**
 * Writes manifests to a folder: the project with its links, the context attributes, and each flag, in files of their own.
 * What is there is replaced, file by file; a file of a flag that is no more is told of, and left.
 */
export async function exportFiles(call: Call, directory: string, manifests: readonly Exported[]): Promise<void> {
  const folder = resolve(call.world.cwd, directory);
  const files = new Map<string, Exported[]>();
  for (const manifest of manifests) {
    const name = fileOf(manifest);
    files.set(name, [...(files.get(name) ?? []), manifest]);
  }
  await mkdir(join(folder, FLAGS), { recursive: true });
  for (const [name, own] of files) {
    if (call.world.interrupted().aborted) break;
    await replaceFile(join(folder, name), own.map(manifestYaml).join('---\n'));
    if (outputOf(call) !== 'json') await call.world.out(`${safe(join(directory, name))}\n`);
  }
  const style = styleOf(call, 'err');
  for (const name of (await readdir(join(folder, FLAGS))).sort()) {
    if (!name.endsWith('.yaml') || files.has(`${FLAGS}/${name}`)) continue;
    call.world.err(
      `${style.yellow('Warning')}: ${safe(join(directory, FLAGS, name))} is of no flag that was exported\n`,
    );
  }
}

function fileOf({ kind, metadata }: Exported): string {
  switch (kind) {
    case 'Stage':
      return 'stages.yaml';
    case 'Project':
    case 'ProjectStage':
      return 'project.yaml';
    case 'Context':
      return 'contexts.yaml';
    default:
      return `${FLAGS}/${metadata.featureFlagId ?? metadata.id}.yaml`;
  }
}
