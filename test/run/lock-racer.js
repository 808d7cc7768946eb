// One of the processes that race for locks. A line of stdin names a folder: it tries for its lock, and says how that went.
// The next line lets the lock go.
const { createInterface } = require('node:readline');
const { lockFolder, BusyError } = require('../../dist/run/lock.js');

const output = { progress: () => undefined, warn: () => undefined };

async function race() {
  let lock;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'release') {
      lock?.check();
      lock?.release();
      lock = undefined;
      console.log('released');
      continue;
    }
    try {
      lock = await lockFolder(line, output);
      console.log('held');
    } catch (error) {
      console.log(error instanceof BusyError ? 'refused' : `failed: ${error.stack}`);
    }
  }
}

race();
