/**
 * Prints how many tests passed, failed and were skipped, as the last line of a CI run.
 *
 * Usage: test-summary.js <jest's JSON output> <exit code of the test command>
 *
 * A test file that could not run, and a step before the tests that failed, count as one failure each. Exits with an error unless
 * everything went well.
 */
const fs = require('fs');

function summarize(file, exitCode) {
  if (!fs.existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(fs.readFileSync(file, 'utf8'));
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && (exitCode !== 0 || !results.success || results.numPassedTests === 0) ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

if (require.main === module) {
  const { passed, failed, skipped } = summarize(process.argv[2], Number(process.argv[3]));
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

module.exports = { summarize };
