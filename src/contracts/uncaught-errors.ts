import * as fs from 'fs';
import * as path from 'path';

/** The flag of a program that shows every problem, however many there are. */
export const ALL_PROBLEMS = '--all-problems';

/** Lines that an error takes on the screen at most. */
const MOST_LINES = 15;

/**
 * From now on, an error that says what is wrong with the program ends the process with that alone on standard error: no source
 * excerpt, no stack. Every other error is left to Node, and all are where something else listens for them, as test runners do.
 */
export function reportUncaughtErrors(): void {
  // by name, since there may be several copies of this module in a process
  if (process.listeners('uncaughtExceptionMonitor').some(({ name }) => name === endWithReport.name)) return;
  process.on('uncaughtExceptionMonitor', endWithReport);
}

/** Called before Node does anything about an error that was not caught, be it thrown or the reason of a rejected promise. */
function endWithReport(error: unknown): void {
  if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) return;
  const report = reportOf(error, process.argv.includes(ALL_PROBLEMS));
  if (report === undefined) return;
  // not process.stderr, which may be asynchronous
  fs.writeSync(2, `${report}\n`);
  process.exit(1);
}

/**
 * What a user sees of an error.
 *
 * @param all whether every line is shown, and not fifteen at most
 * @returns nothing for an error that does not say what is wrong with the user's program; its stack is needed then
 */
export function reportOf(error: unknown, all = false): string | undefined {
  // by name, since it may be an error of another copy of this library
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'SynthesisError' && 'findings' in error && Array.isArray(error.findings)) {
    return reportOfFindings(error.message, error.findings as string[], all);
  }
  const message = error.name === 'InvalidInputError' ? error.message : refusalOfCdk(error);
  const lines = message?.split('\n') ?? [];
  return all || lines.length <= MOST_LINES
    ? message
    : [...lines.slice(0, MOST_LINES - 1), rest(lines.length - MOST_LINES + 1)].join('\n');
}

/** The libraries below this one, in which a stack begins that ends in the program of the user. */
const CDK = /[\\/]node_modules[\\/](constructs|cdk8s|cdk8s-plus-\d+|cdktf)[\\/]/;
const TAKEN = /^There is already a Construct with name '(.*)' in (.*)$/;

/**
 * What constructs, cdk8s or cdktf refuse, such as an id that is taken, and the line of the program that asked for it. An error of
 * JavaScript itself in them is a bug, and so is one that this library caused.
 */
function refusalOfCdk(error: Error): string | undefined {
  if (error.name !== 'Error') return undefined;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const caller = frames.find(
    (frame) => !CDK.test(frame) && !frame.includes('node:') && !frame.endsWith('(<anonymous>)'),
  );
  if (!frames[0] || !CDK.test(frames[0]) || caller === undefined || /[\\/]node_modules[\\/]/.test(caller))
    return undefined;
  const [, file, line] = /([^\s(]+):(\d+):\d+\)?$/.exec(caller) ?? [];
  if (file === undefined || path.resolve(file).startsWith(LIBRARY)) return undefined;
  const place = `${path.relative(process.cwd(), file.replace(/^file:\/\//, ''))}:${line}`;
  const [, id, scope] = TAKEN.exec(error.message) ?? [];
  return id === undefined
    ? `[${place}] ${error.message}`
    : `[${place}] id must be unique in its scope, ${scope}, got ${JSON.stringify(id)}: choose another.`;
}

const LIBRARY = path.join(__dirname, '..') + path.sep;

/** All findings where they fit, or else one of each kind, with the number of those that are like it. */
function reportOfFindings(message: string, findings: string[], all: boolean): string {
  if (all || findings.length < MOST_LINES) return message;
  const alike = new Map<string, string[]>();
  for (const finding of findings) {
    const kind = kindOf(finding);
    alike.set(kind, [...(alike.get(kind) ?? []), finding]);
  }
  const lines: string[] = [];
  let shown = 0;
  for (const [first, ...others] of alike.values()) {
    const entry = [`  ${first}`, ...(others.length > 0 ? [`    and ${others.length} more like it`] : [])];
    // the headline stands before and the rest behind
    if (lines.length + entry.length > MOST_LINES - 2) break;
    lines.push(...entry);
    shown += 1 + others.length;
  }
  const left = findings.length - shown;
  const [headline] = message.split('\n');
  return [headline, ...lines, left > 0 ? rest(left) : `  ${HOW_TO_SEE_ALL}`].join('\n');
}

const HOW_TO_SEE_ALL = `Run the program with ${ALL_PROBLEMS} to see each.`;

function rest(count: number): string {
  return `  … and ${count} more. ${HOW_TO_SEE_ALL}`;
}

/** A finding without what is different in those that say the same of several objects: paths, the object's name. */
function kindOf(finding: string): string {
  return finding
    .replace(/^\[[^\]]*\] /, '')
    .replace(/^(\w+) [^\s:]+: /, '$1: ')
    .replace(/\S+\/\S+/g, '…');
}
