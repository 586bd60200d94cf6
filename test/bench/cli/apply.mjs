import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { openServer, withEach } from '../control-plane/servers.mjs';
import { flagctl, ground, timed } from './program.mjs';
import { inTurns } from './rounds.mjs';
import { manifests } from './texts.mjs';

const MANIFESTS = 1_000;

/** `apply` of 1,000 manifests of one file to a server of its own: when nothing is there, changed in half, and the same. */
export async function apply(_scenario, names, { quick, progress }) {
  const { folder, remove } = ground();
  try {
    return await withEach(
      names,
      (name) => openServer(name, async () => undefined),
      async (opened) => {
        const results = {};
        for (const name of names) {
          const { url, token } = opened.get(name);
          const env = { FLAGCTL_SERVER: url, FLAGCTL_TOKEN: token };
          const run = (title, percentage) => (round) => {
            const project = `round-${round}`;
            const file = `${project}-${percentage}.yaml`;
            writeFileSync(path.join(folder, file), manifests(project, MANIFESTS, percentage));
            return timed(flagctl('apply', '-f', file), { folder, env, says: new RegExp(title) });
          };
          const commands = {
            'none of them there': run('created', 10),
            'half of them changed': run('updated', 20),
            'none of them changed': run('unchanged', 20),
          };
          // each needs what the one before it has done
          const cases = inTurns(commands, quick ? 1 : 5, {
            turning: false,
            progress: (what) => progress(`${name} ${what}`),
          });
          results[name] = { cases };
        }
        return results;
      },
    );
  } finally {
    remove();
  }
}
