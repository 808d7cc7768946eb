// The conversation with bench/steps.js, one JSON object a line; bench/peers/harness.py speaks the same.
const { createInterface } = require('node:readline');

/**
 * Runs `step`, which reads its losses, for as many seconds as each request asks.
 * @param contestant `check` gives the losses of the first steps
 */
async function serve({ versions, step, check }) {
  await step();
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
  for (let steps = 1; ; steps++) {
    await step();
    const seconds = (performance.now() - start) / 1000;
    if (seconds >= request.seconds && steps >= request.steps) {
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
