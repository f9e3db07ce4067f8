/**
 * Jest reporter: names and counts the tests that were not run, for want of a cluster or of Terraform's plugins, because a
 * green run without them says less than it seems to. (Jest loads reporters without its transforms, so this file is plain JavaScript.)
 */
class NotRunReporter {
  constructor(globalConfig) {
    /** With `-t`, tests are skipped because someone asked for it. */
    this.isSelection = Boolean(globalConfig.testNamePattern);
  }

  onRunComplete(_contexts, results) {
    const names = results.testResults
      .flatMap(({ testResults }) => testResults)
      .filter(({ status }) => status === 'pending')
      .map(({ fullName }) => fullName);
    if (names.length > 0 && !this.isSelection) {
      process.stderr.write(`\nNot run: ${names.length} tests\n${names.map((name) => `  ${name}\n`).join('')}`);
    }
  }
}

module.exports = NotRunReporter;
