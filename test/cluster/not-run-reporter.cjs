/**
 * Jest reporter: names and counts the cluster tests that were not run, because a green run without them says less than
 * it seems to. (Jest loads reporters without its transforms, so this file is plain JavaScript.)
 */
class NotRunReporter {
  constructor(globalConfig) {
    /** With `-t`, tests are skipped because somebody asked for it. */
    this.isSelection = Boolean(globalConfig.testNamePattern);
  }

  onRunComplete(_contexts, results) {
    const files = results.testResults.filter(({ testFilePath }) => /[\\/]test[\\/]cluster[\\/]/.test(testFilePath));
    const names = files
      .flatMap(({ testResults }) => testResults)
      .filter(({ status }) => status === 'pending')
      .map(({ fullName }) => fullName);
    if (names.length > 0 && !this.isSelection) {
      process.stderr.write(`\nNot run: ${names.length} cluster tests\n${names.map((name) => `  ${name}\n`).join('')}`);
    }
  }
}

module.exports = NotRunReporter;
