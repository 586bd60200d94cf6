import type { Command } from '../grammar/command.ts';

/** `flagctl export`. */
export const command: Command = {
  name: 'export',
  usage: ['[options]'],
  summary: 'write all of a project to a file',
  description: [
    'Writes all of a project at one moment: the project, its links to stages, its context attributes, its feature flags, and what stages say of them; as manifests that `apply` takes, in an order that works. Versions and times are left out, so that two exports can be compared, and kept under version control. Change requests, templates and the history are no part of it.',
    'What could not be applied again, as the stage definition of an archived flag, is left out and told on the standard error; so is it that the token is for some stages only, for then all others are left out. A stage that takes changes by request only takes them by `apply --force`.',
    'With --format document it is the flag document of one stage, as applications read it: what `import` takes, and flags evaluate by without a server. FLAGCTL_STAGE and the stage of the context say which; manifests are of all stages whatever they say.',
    'With --output-dir each flag is a file of its own, feature-flags/<id>.yaml, beside project.yaml and contexts.yaml. Flags whose names differ in capital letters only would be one file on some systems: the second gets a suffix, as aA~2.yaml. Files of flags that are no more are told of, and left.',
  ],
  options: [
    {
      name: 'format',
      value: 'format',
      choices: ['manifests', 'document'],
      summary: 'what is written',
      otherwise: 'manifests',
    },
    {
      name: 'stage',
      value: 'id',
      summary: 'of manifests: this stage only, if it is said here; of a document: which one',
      otherwise: 'manifests have all, a document that of the context',
      env: 'FLAGCTL_STAGE',
      complete: 'stage',
    },
    { name: 'include-stages', summary: 'begin with the stages themselves, for a server that does not have them' },
    {
      name: 'output-dir',
      value: 'folder',
      summary: 'write files to a folder',
      otherwise: 'the standard output',
      complete: 'file',
    },
  ],
  examples: [
    { title: 'a backup', line: 'flagctl export --project my-app > my-app.yaml' },
    {
      title: 'a copy on another server',
      line: 'flagctl export --project my-app --include-stages | flagctl apply -f - --context other',
    },
    { title: 'files for version control', line: 'flagctl export --project my-app --output-dir flags' },
    {
      title: 'what production serves, as a file for applications',
      line: 'flagctl export --project my-app --stage production --format document > features.yaml',
    },
  ],
  exits: {
    4: 'the project is not there, or not linked to the stage',
  },
  async run(call) {
    const { exportProject } = await import('../importing/export.ts');
    return await exportProject(call);
  },
};
