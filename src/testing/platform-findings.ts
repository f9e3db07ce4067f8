import { PlatformApp } from '../app/platform-app';
import { Finding } from '../checks/check';
import { checked } from '../contracts/checked';
import { SynthesisError } from '../contracts/errors';
import { Match } from './match';
import { checkPattern, compare, patternShown } from './matcher';
import { environmentNamed, synthesizedFiles } from './synthesis';
import { shortened } from './shown';

const MOST_FINDINGS = 10;
const LONGEST_FINDING = 200;

/**
 * What a synthesis finds wrong with one environment of an app: for tests that a wrong program is refused, or that a check of
 * your own finds what it should.
 *
 * A construct that refuses its own props throws an InvalidInputError where it is made, before any synthesis; `toThrow()` of a test
 * framework is for those.
 *
 * @example
 * const app = new PlatformApp();
 * app.environment('local', { provider: KindProvider.local() });
 *
 * const findings = PlatformFindings.fromApp(app, 'local');
 *
 * findings.hasError('local', Match.stringLikeRegexp('^has no cluster'));
 * findings.hasNoError('local/workloads/*', Match.anyValue());
 */
@checked('PlatformFindings')
export class PlatformFindings {
  /**
   * Checks one environment of an app, as a synthesis does. Nothing is left on the disk, and the command line is not read.
   *
   * @param environment name of the environment; default: the app's only one
   * @throws InvalidInputError when there is no such environment
   */
  public static fromApp(app: PlatformApp, environment?: string): PlatformFindings {
    const chosen = environmentNamed('PlatformFindings.fromApp', app, environment);
    try {
      synthesizedFiles(app, [chosen]);
    } catch (error) {
      // no instanceof: a test may load the app's modules apart from its own
      const { findings } = error as Partial<SynthesisError>;
      if (!findings) throw error;
      return new PlatformFindings(chosen.environmentName, findings.map(findingOf));
    }
    return new PlatformFindings(chosen.environmentName, []);
  }

  private constructor(
    private readonly environmentName: string,
    private readonly findings: Finding[],
  ) {}

  /**
   * Asserts that there is an error.
   *
   * @param path path of the construct, in which `*` stands for any characters, such as `production/workloads/*`
   * @param message the message, or a matcher for it
   */
  public hasError(path: string, message: unknown): void {
    if (this.matching('PlatformFindings.hasError', path, message).length > 0) return;
    throw new Error(
      `${this.environmentName} has no error of ${path} with the message ${patternShown(message)}. ${this.all()}`,
    );
  }

  /**
   * Asserts that there is no such error.
   *
   * @param path path of the construct, in which `*` stands for any characters
   * @param message the message, or a matcher for it
   */
  public hasNoError(path: string, message: unknown): void {
    const found = this.matching('PlatformFindings.hasNoError', path, message);
    if (found.length === 0) return;
    throw new Error(
      `${this.environmentName} has errors of ${path} with the message ${patternShown(message)}:${listed(found)}`,
    );
  }

  /**
   * The errors, sorted by their paths.
   *
   * @param path path of the construct, in which `*` stands for any characters
   * @param message the message, or a matcher for it; default: any
   */
  public findErrors(path: string, message?: unknown): Finding[] {
    return this.matching('PlatformFindings.findErrors', path, message ?? Match.anyValue());
  }

  private matching(where: string, path: string, message: unknown): Finding[] {
    checkPattern(where, message, 'message');
    const literal = path.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const paths = new RegExp(`^${literal.join('.*')}$`);
    return this.findings.filter(
      (one) => paths.test(one.path) && compare(message, one.message, '', true).mismatches.length === 0,
    );
  }

  private all(): string {
    return this.findings.length === 0 ? 'It has no errors.' : `Its errors are:${listed(this.findings)}`;
  }
}

function findingOf(text: string): Finding {
  const [, path, message] = /^\[(.*?)\] (.*)$/s.exec(text) ?? ['', '', text];
  return { path, message };
}

function listed(findings: Finding[]): string {
  const others = findings.length - MOST_FINDINGS;
  return [
    ...findings.slice(0, MOST_FINDINGS).map(({ path, message }) => shortened(`[${path}] ${message}`, LONGEST_FINDING)),
    ...(others > 0 ? [`and ${others} others`] : []),
  ]
    .map((line) => `\n  ${line}`)
    .join('');
}
