import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { InvalidInputError } from '../contracts/errors';
import { suggestion } from '../contracts/suggestion';
import { Tier } from '../contracts/tier';
import * as commands from './commands';
import { ExplainOptions } from './commands/explain';
import { ReportOptions } from './commands/finish';
import { GateOptions } from './commands/gate';
import { RenderOptions } from './commands/render';
import { ExitCode, Terminal } from './terminal';
import { VERSION } from './version';

/**
 * Runs the command line.
 *
 * @param args what follows the name of the program
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let ending = ExitCode.KEPT;
  const program = commandLine(terminal, (code) => (ending = code));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return ending;
  } catch (error) {
    // help and version end like this too
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.KEPT : ExitCode.CANNOT_RUN;
    terminal.warn(`${messageOf(error)}\n`);
    return ExitCode.CANNOT_RUN;
  }
}

/** A mistake of the user has a message; anything else is one of ours, and has a stack. */
function messageOf(error: unknown): string {
  if (error instanceof InvalidInputError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const FILES = 'paths, patterns in quotes, or - for what is piped in';

function commandLine(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = new Command('ml-platform')
    .description('Checks, completes and explains manifests of the ML platform.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this text')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: terminal.print, writeErr: terminal.warn })
    .configureHelp({ helpWidth: 100 });
  const command = (name: string, description: string, epilogue: string): Command => {
    const one = new Command(name).copyInheritedSettings(program).description(description);
    one.helpOption('-h, --help', 'print this text').addHelpText('after', `\n${epilogue}`);
    program.addCommand(one);
    return one;
  };
  command('validate', 'Ask manifests of all kinds of the platform whether the API server would take them.', ENDINGS)
    .argument('<files...>', FILES)
    .addOption(format(['text', 'json', 'sarif']))
    .action(async (files: string[], options: ReportOptions) =>
      end(await commands.validateCommand(files, options, terminal)),
    );
  command('gate', 'Ask the policy gate about ModelDeployments.', ENDINGS)
    .argument('<files...>', FILES)
    .addOption(environment('whose bounds are asked').makeOptionMandatory())
    .option('-b, --bounds <file>', 'bounds in place of those of the environment, as YAML or JSON')
    .option('--vulnerabilities <file>', "what Grype found in the image, as 'grype <image> -o json' writes it")
    .option(
      '--statement <file>',
      'where to write the verdict on one manifest that is allowed, to attest it of the image',
    )
    .addOption(format(['text', 'json', 'sarif']))
    .action(async (files: string[], options: GateOptions) => end(await commands.gateCommand(files, options, terminal)));
  command('render', 'Print ModelDeployments as they are applied, with name, namespace and image.', ENDINGS)
    .argument('<file>', 'a path, or - for what is piped in')
    .option('-i, --image <reference>', 'image of the service, by its digest')
    .option('--model-in-image', 'the image has the model: the service fetches nothing from the artifact')
    .option('-n, --namespace <name>', 'namespace that it is served in')
    .option('--objects', 'print what the operator makes of them instead')
    .addOption(environment('whose sizes are meant, with --objects'))
    .option('--settings <file>', "the ConfigMap 'operators-settings' of the environment, with --objects")
    .addOption(format(['yaml', 'json']))
    .action(async (file: string, options: RenderOptions) => end(await commands.renderCommand(file, options, terminal)));
  command('explain', 'Say what a policy, a kind or a field asks for.', 'Without a topic it lists what there is.')
    .addArgument(new Argument('[topic]', "such as 'f1-score', 'AIModel' or 'spec.drift.score'"))
    .addOption(format(['text', 'json']))
    .action((topic: string | undefined, options: ExplainOptions) =>
      end(commands.explainCommand(topic, options, terminal)),
    );
  return program;
}

const ENDINGS = 'It ends with 0: nothing found, 1: there are findings, 2: it cannot run.';

function format(choices: readonly string[]): Option {
  return oneOf(new Option('-f, --format <format>', 'form of the output').default(choices[0]), choices);
}

function environment(what: string): Option {
  return oneOf(new Option('-e, --environment <tier>', `the environment ${what}`), Object.values(Tier));
}

/** Like `choices`, with the one that was meant. */
function oneOf(option: Option, choices: readonly string[]): Option {
  return option.choices(choices).argParser((given: string) => {
    if (choices.includes(given)) return given;
    const near = suggestion(given, choices) ?? choices.find((one) => given !== '' && one.startsWith(given));
    const hint = near === undefined ? '' : `: write ${near}`;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}${hint}.`);
  });
}
