// A jest reporter whose line, "N passed, N failed", comes after jest's own summary, the last of all, for machines.
const { writeSync } = require('node:fs');

module.exports = class {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests }) {
    // A suite that does not even load has no test of its own to fail.
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
    // jest always puts its summary after every other reporter.
    process.once('exit', () => writeSync(1, `\n${numPassedTests} passed, ${failed} failed${skipped}\n`));
  }
};
