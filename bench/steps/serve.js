// The conversation with bench/steps.js, one JSON object a line; bench/peers/harness.py speaks the same.
const { createInterface } = require('node:readline');

/** Losses are read at each tenth step, as `aigc train` does, and at the last of a request. */
const readEverySteps = 10;

/**
 * Runs `step(read)` for as many seconds as each request asks.
 * @param contestant `check` gives the losses of the first steps
 */
async function serve({ versions, step, check }) {
  await step(true);
  say({ event: 'first-step', versions });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (request.do === 'run') say({ event: 'ran', ...(await runFor(step, request)) });
    else if (request.do === 'check') say({ event: 'checked', losses: check() });
  }
}

/** Trains for so many seconds, and at least so many steps. */
async function runFor(step, request) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const elapsed = () => (performance.now() - start) / 1000;
  for (let steps = 1; ; steps++) {
    const isLast = elapsed() >= request.seconds && steps >= request.steps;
    await step(isLast || steps % readEverySteps === 0);
    const seconds = elapsed();
    if (isLast) {
      const { user, system } = process.cpuUsage(cpu);
      const peakMemoryMb = process.resourceUsage().maxRSS / 1024;
      return { steps, seconds, cpuSeconds: (user + system) / 1e6, peakMemoryMb };
    }
  }
}

function say(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

module.exports = { say, serve };
