// Processes that outlived the tests that started them. Each process of a run carries the run's mark in its environment,
// whatever group or parent it has; they are found where /proc shows environments, which is Linux.
const { readdirSync, readFileSync } = require('node:fs');

const variable = 'AIGC_TEST_RUN';

/** Marks this process and all that it starts from now on. */
function mark() {
  process.env[variable] ??= `${process.pid}-${Date.now()}`;
}

/** @returns {{ pid: number, words: string }[]} who carries our mark, but for jest's own and what transforms for it */
function strays() {
  const isOurs = (pid) => read(pid, 'environ').includes(`${variable}=${process.env[variable]}`);
  return (process.platform === 'linux' ? readdirSync('/proc') : [])
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && pid !== process.ppid && isOurs(pid))
    .map((pid) => ({ pid, words: read(pid, 'cmdline').join(' ').trim() }))
    .filter(({ words }) => words !== '' && !/jest-worker|esbuild --service/.test(words));
}

/** @returns {string[]} the words of a file of /proc, none when the process is gone or another user's */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Waits for those that are about to end, then ends the others. @returns {string[]} what these were */
async function endStrays() {
  for (let i = 0; i < 30 && strays().length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return strays().map(({ pid, words }) => {
    process.kill(pid, 'SIGKILL');
    return words;
  });
}

module.exports = { mark, endStrays };
