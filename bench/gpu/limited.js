// A program that is ended, with all that it started, when its time is over.
const { spawn } = require('node:child_process');
const { appendFileSync } = require('node:fs');

/** What of a program's output is kept for the log. */
const logBytes = 200_000;

/**
 * @param options `deadline`: of performance.now(); `log`: where its output goes
 * @returns its stdout @throws Error with the end of its stderr, or that it took too long
 */
function runLimited(program, words, { deadline, log, env = {}, cwd = undefined }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      ...{ cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
      detached: true,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr = (stderr + text).slice(-logBytes);
    });
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        killGroup(child.pid);
      },
      Math.max(0, deadline - performance.now()),
    );
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      killGroup(child.pid); // what it left running
      appendFileSync(log, `$ ${[program, ...words].join(' ')}\n${stdout.slice(-logBytes)}${stderr}`);
      if (late)
        reject(
          new Error(
            `took longer than its time; the end of its output: ${stdout.slice(-300)}${stderr.slice(-300)}`,
          ),
        );
      else if (code === 0) resolve(stdout);
      else reject(new Error(`exit code ${code}: ${stderr.slice(-1000) || stdout.slice(-1000)}`));
    });
  });
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, and nothing of it is left.
  }
}

module.exports = { runLimited };
