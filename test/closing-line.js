// A jest reporter whose line, "N passed, N failed", comes after jest's own summary, the last of all, for machines.
// Processes that outlived their tests are ended, named, and fail the run.
const { writeSync } = require('node:fs');
const { endStrays, mark } = require('./strays');

module.exports = class {
  constructor() {
    mark();
  }

  async onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests }) {
    const left = await endStrays();
    for (const words of left) console.error(`A process outlived its test: ${words}`);
    if (left.length > 0) this.error = new Error(`${left.length} processes outlived their tests`);
    // A suite that does not even load has no test of its own to fail.
    const failed = Math.max(numFailedTests, numFailedTestSuites) + left.length;
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
    // jest always puts its summary after every other reporter.
    process.once('exit', () => writeSync(1, `\n${numPassedTests} passed, ${failed} failed${skipped}\n`));
  }

  /** What makes jest end with 1. */
  getLastError() {
    return this.error;
  }
};
