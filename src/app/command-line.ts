import * as fs from 'fs';
import * as path from 'path';
import { fail, InvalidInputError } from '../contracts/errors';
import { suggestion } from '../contracts/suggestion';
import { ALL_PROBLEMS } from '../contracts/uncaught-errors';

/** What a user wants of a program, as its command line says. */
export interface CommandLine {
  /** Names of the environments to synthesize; all where there are none. */
  readonly environments?: string[];
  /** Whether the user only asks for the options. */
  readonly help: boolean;
}

const ENVIRONMENT = '--environment';
const HELP = '--help';
const OPTIONS = ['-e', ENVIRONMENT, ALL_PROBLEMS, '-h', HELP];
const WHERE = 'command line';

/** Prints the options and ends the process. */
export function endWithUsage(): never {
  // a program in another language goes on without its Node process, and does not know why
  if (process.env.JSII_AGENT !== undefined) throw new InvalidInputError(WHERE, HELP, usage());
  fs.writeSync(1, `${usage()}\n`);
  process.exit(0);
}

function usage(): string {
  return [
    `Usage: ${path.basename(process.argv[1] ?? 'main.js')} [options]`,
    '',
    'Checks an ML platform, then writes its Terraform stacks and Kubernetes manifests.',
    '',
    'Options:',
    `  -e, ${ENVIRONMENT} NAME[,NAME...]  write these environments only; may be given several times`,
    `      ${ALL_PROBLEMS}                show each problem, however many there are`,
    `  -h, ${HELP}                        print this text and write nothing`,
  ].join('\n');
}

/**
 * The arguments of the program itself. None where another program runs it: test runners and their flags are in node_modules,
 * and jsii runs the library for a program in Python.
 */
export function ownArguments(): string[] {
  const main = process.argv[1];
  if (main === undefined || process.env.JSII_AGENT !== undefined) return [];
  const file = fs.existsSync(main) ? fs.realpathSync(main) : main;
  return [main, file].some((one) => one.split(path.sep).includes('node_modules')) ? [] : process.argv.slice(2);
}

/**
 * Reads the arguments of a program.
 *
 * @throws InvalidInputError for an argument that is not known, or an option without its value
 */
export function readCommandLine(args: string[]): CommandLine {
  const environments: string[] = [];
  let help = false;
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    const [option, value] = argument.startsWith(`${ENVIRONMENT}=`) ? splitAtFirst(argument, '=') : [argument];
    if (option === '-e' || option === ENVIRONMENT) environments.push(...namesIn(option, value ?? args[++at]));
    else if (option === '-h' || option === HELP) help = true;
    else if (option !== ALL_PROBLEMS) refuse(argument);
  }
  return { environments: environments.length > 0 ? environments : undefined, help };
}

function namesIn(option: string, value: string | undefined): string[] {
  const names = value?.split(',') ?? [];
  if (value === undefined || value === '' || value.startsWith('-')) {
    fail(
      WHERE,
      option,
      'must be followed by the name of an environment',
      value === '' ? undefined : value,
      `write ${option} local, or leave it out to synthesize every environment`,
    );
  }
  if (names.includes('')) {
    const named = [...new Set(names.filter((name) => name !== ''))].join(',');
    fail(WHERE, option, 'must have names with a comma between them', value, `write ${option} ${named || 'local'}`);
  }
  return names;
}

function refuse(argument: string): never {
  const isOption = argument.startsWith('-');
  const near = isOption ? suggestion(splitAtFirst(argument, '=')[0], OPTIONS) : undefined;
  fail(
    WHERE,
    'argument',
    `must be one of ${OPTIONS.join(', ')}`,
    argument,
    near !== undefined
      ? `write ${near}`
      : isOption
        ? 'remove it, or pass args to PlatformApp when the program has options of its own'
        : `write ${ENVIRONMENT} ${argument} for an environment, or remove it`,
  );
}

function splitAtFirst(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
