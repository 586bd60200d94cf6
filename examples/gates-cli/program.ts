import type { Gates } from '@flagwright/gates';
import { addFeatures, gateChoices, gateCommand, gateOption, onlyWith } from '@flagwright/gates/commander';
import { formatGates, GATE_OUTPUTS, type GateOutput, gateHelp } from '@flagwright/gates/list';
import { Command, Option } from 'commander';
import { type Feature, featuresOf, type PondGate } from './features.js';

/** The gate of each role that not everybody has yet. */
const ROLE_GATES = { region: 'MultiRegion' } as const;

/** The commands of `pond`, as its gates leave them. They are read here, so the tree is built once they are set. */
export function programOf(
  gates: Gates<PondGate>,
  { showGated = false }: { readonly showGated?: boolean } = {},
): Command {
  const program = new Command('pond').description('Runs a cloud the size of a pond.').version('0.4.0');
  addGateOptions(program, gates);

  program
    .command('status')
    .description('how the pond is')
    .action(() => console.log('3 nodes, all is calm'));

  gateCommand(program.command('say'), { gates, gate: 'axolotl-mode' })
    .description('have the axolotl say something')
    .argument('[words...]')
    .action((words: string[]) => console.log(`≽(◕ᴗ◕)≼  ${words.join(' ') || 'hello'}`));

  const join = program.command('join').description('add this node to the pond');
  const token = new Option('--region-token <token>', 'of the region that the node belongs to');
  const role = new Option('-r, --role <role...>', 'what the node does').default(['compute']);
  join.addOption(gateChoices(role, ['control', 'compute', 'region'], { gates, by: ROLE_GATES, showGated }));
  gateOption(join, token, { gates, gate: 'MultiRegion' });
  onlyWith(join, token, { role: ['region'] });
  gateOption(join, new Option('--fast', 'do not check the node'), { gates, gate: 'FastJoin' });
  join.action(({ role, regionToken, fast }: { role: string[]; regionToken?: string; fast?: boolean }) => {
    const region = regionToken === undefined ? '' : `, with the token ${regionToken}`;
    console.log(`joined as ${role.join(', ')}${region}${fast ? ', without a check' : ''}`);
  });

  const region = program.command('region').description('regions of the pond');
  gateCommand(region, { gates, gate: 'MultiRegion', message: 'a pond has one region' });
  region
    .command('add')
    .argument('<name>')
    .action((name: string) => console.log(`added the region ${name}`));

  gateCommand(program.command('backup'), { gates, gate: 'Backups' })
    .description('save the pond')
    .action(() => console.log('saved'));
  gateCommand(program.command('snapshot'), { gates, gate: 'Snapshots' })
    .description('save the pond, as it was done before')
    .action(() => console.log('saved, the old way'));

  addFeatureCommands(program, gates);

  program
    .command('gates')
    .description('list the feature gates, and who set them')
    .addOption(new Option('-o, --output <output>', 'how').choices(GATE_OUTPUTS).default('table'))
    .action(({ output }: { output: GateOutput }) => console.log(formatGates(gates, { output })));
  return program;
}

/** `enable` and `disable`, with a command for each feature that is there for the user. */
function addFeatureCommands(program: Command, gates: Gates<PondGate>): void {
  const features = featuresOf(gates);
  const add = (verb: string, run: (feature: Feature) => void): void => {
    const parent = program.command(verb).description(`${verb} a feature`);
    addFeatures(
      parent,
      features,
      (feature) => {
        parent
          .command(feature.command)
          .description(feature.summary)
          .action(() => {
            run(feature);
            console.log(`${feature.command}: ${verb}d`);
          });
      },
      { namesOf: ({ command }) => [command] },
    );
  };
  // what is enabled is still there when its gate has closed, to be disabled, and not to be enabled once more
  add('enable', (feature) => features.require(feature));
  add('disable', () => {});
}

/** Options that are read before there are commands, for the help: see `main.ts`. */
function addGateOptions(program: Command, gates: Gates<PondGate>): void {
  program
    .option('--config <file>', 'a YAML or TOML file with settings, of gates too')
    .option('--feature-gates <gates>', gateHelp(gates))
    .option('--feature-enable <names>', 'feature gates to switch on, with commas')
    .option('--feature-disable <names>', 'feature gates to switch off, with commas')
    .option('--show-gated', 'tell in the help what is behind closed gates');
}
