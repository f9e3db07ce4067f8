import { Mistake, programOf } from './mistake';

const OPTIONS = '-e, --environment, --all-problems, -h, --help';

/** What a user writes behind the name of the program. */
export const COMMAND_LINE_MISTAKES: Mistake[] = [
  {
    what: 'an option that does not exist',
    program: programOf(''),
    args: ['--verbose'],
    stderr: `[command line] argument must be one of ${OPTIONS}, got "--verbose": remove it, or pass args to PlatformApp when the program has options of its own.`,
  },
  {
    what: 'an option with a letter missing',
    program: programOf(''),
    args: ['--enviroment', 'local'],
    stderr: `[command line] argument must be one of ${OPTIONS}, got "--enviroment": write --environment.`,
  },
  {
    what: 'an option with a letter missing and a value behind an equals sign',
    program: programOf(''),
    args: ['--enviroment=local'],
    stderr: `[command line] argument must be one of ${OPTIONS}, got "--enviroment=local": write --environment.`,
  },
  {
    what: 'a value for an option that has none',
    program: programOf(''),
    args: ['--all-problems=yes'],
    stderr: `[command line] argument must be one of ${OPTIONS}, got "--all-problems=yes": write --all-problems.`,
  },
  {
    what: 'an environment without its option',
    program: programOf(''),
    args: ['local'],
    stderr: `[command line] argument must be one of ${OPTIONS}, got "local": write --environment local for an environment, or remove it.`,
  },
  {
    what: 'an option without its value',
    program: programOf(''),
    args: ['--environment'],
    stderr:
      '[command line] --environment must be followed by the name of an environment, got nothing: write --environment local, or leave it out to synthesize every environment.',
  },
  {
    what: 'an option with another in the place of its value',
    program: programOf(''),
    args: ['-e', '--all-problems'],
    stderr:
      '[command line] -e must be followed by the name of an environment, got "--all-problems": write -e local, or leave it out to synthesize every environment.',
  },
  {
    what: 'an option with an empty value',
    program: programOf(''),
    args: ['--environment='],
    stderr:
      '[command line] --environment must be followed by the name of an environment, got nothing: write --environment local, or leave it out to synthesize every environment.',
  },
  {
    what: 'two commas between environments',
    program: programOf(''),
    args: ['-e', 'local,,local'],
    stderr: '[command line] -e must have names with a comma between them, got "local,,local": write -e local.',
  },
  {
    what: 'an environment with two letters that changed places',
    program: programOf(''),
    args: ['--environment', 'lcoal'],
    stderr: '[PlatformApp] --environment must be one of local, got "lcoal": write local.',
  },
  {
    what: 'an environment that is not in the app',
    program: programOf(''),
    args: ['-e', 'production'],
    stderr:
      '[PlatformApp] --environment must be one of local, got "production": choose one of them, or leave it out for all.',
  },
];
