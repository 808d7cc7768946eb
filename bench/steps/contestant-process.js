// One contestant's process, and the conversation with it by lines of JSON.
const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');
const { tf32 } = require('./contestants');

/** Longer than any compiler should take. */
const patienceSeconds = 300;

/** The contestant cannot take part: its program or its packages are not installed. */
class Absent extends Error {}

/**
 * Float32 in all but those that ask for TF32, which is another, coarser arithmetic. On the CPU, no GPU is seen; several share
 * the memory of one.
 */
function environmentOf(device, cache) {
  return {
    ...process.env,
    NVIDIA_TF32_OVERRIDE: device === tf32 ? '1' : '0',
    XLA_PYTHON_CLIENT_PREALLOCATE: 'false',
    TORCHINDUCTOR_CACHE_DIR: cache,
    ...(device === 'cpu' && { CUDA_VISIBLE_DEVICES: '-1' }),
  };
}

/**
 * Starts a contestant and waits for its first step.
 * @param cache a folder for what torch.compile keeps between processes
 * @param limitSeconds how long it may be silent
 * @throws Absent, or Error with the end of its stderr
 */
async function startContestant({ program, args, device }, cache, limitSeconds = patienceSeconds) {
  const start = performance.now();
  const child = spawn(program, args, { env: environmentOf(device, cache), detached: true });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = new Promise((_, reject) => {
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      reject(error.code === 'ENOENT' ? new Absent() : error),
    );
    child.on('close', (code) => {
      const missing = /ModuleNotFoundError: No module named '(torch|keras|tensorflow|jax|optax|numpy)/.test(
        complaint,
      );
      reject(missing ? new Absent() : new Error(`ended with exit code ${code}: ${complaint}`));
    });
  });
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`silent for ${limitSeconds} s`)), 1000 * limitSeconds);
    });
    try {
      for (;;) {
        const line = await Promise.race([lines.next(), late, ended]);
        if (line.done) await ended;
        if (line.value?.startsWith('{')) return JSON.parse(line.value);
      }
    } finally {
      clearTimeout(timer);
    }
  };
  // With what it started: a torch.compile that is given up leaves a dozen compilers behind, which would disturb the others.
  const stop = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  try {
    const { versions } = await next();
    const startSeconds = (performance.now() - start) / 1000;
    const ask = (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    };
    return { versions, startSeconds, ask, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

module.exports = { Absent, startContestant };
