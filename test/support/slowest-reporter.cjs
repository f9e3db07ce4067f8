/**
 * Jest reporter: names the slowest files of a run, and what the run took for each project, so that whoever makes the suite slower sees it.
 * (Jest loads reporters without its transforms, so this file is plain JavaScript.)
 */
const path = require('path');

const SLOWEST = 20;
/** Below this, nobody wants to know. */
const LEAST_MS = 60_000;

class SlowestReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
    this.workers = globalConfig.maxWorkers;
  }

  onRunComplete(_contexts, { startTime, testResults }) {
    const took = Date.now() - startTime;
    if (took >= LEAST_MS) process.stderr.write(`\n${describe(testResults, took, this.rootDir, this.workers)}`);
  }
}

/** The text that the reporter prints: files and projects by the time that they took, and the run as a whole. */
function describe(testResults, tookMs, rootDir, workers) {
  const files = testResults
    .filter(({ skipped }) => !skipped)
    .map(({ testFilePath, displayName, perfStats }) => ({
      name: path.relative(rootDir, testFilePath).split(path.sep).join('/'),
      project: displayName?.name ?? 'tests',
      ms: perfStats.end - perfStats.start,
    }))
    .sort((one, other) => other.ms - one.ms);
  const projects = new Map();
  for (const { project, ms } of files) {
    const { count, sum } = projects.get(project) ?? { count: 0, sum: 0 };
    projects.set(project, { count: count + 1, sum: sum + ms });
  }
  return [
    `The slowest files:`,
    ...files.slice(0, SLOWEST).map(({ name, ms }) => `${seconds(ms)}  ${name}`),
    `By project:`,
    ...[...projects]
      .sort(([, one], [, other]) => other.sum - one.sum)
      .map(([name, { count, sum }]) => `${seconds(sum)}  ${name}, ${count} files`),
    `${seconds(tookMs)}  in all, with ${workers} workers`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`.padStart(10);
}

module.exports = SlowestReporter;
module.exports.describe = describe;
