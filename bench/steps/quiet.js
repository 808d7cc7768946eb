// Keeps other programs out of the figures: waits for a quiet machine before a window, and tells how much of the
// machine others took during it.
const { cpus } = require('node:os');

/** The share of all cores that others may take in a window that counts. */
const tolerated = 0.06;
const tries = 6;
const lookMs = 150;

/** Core-seconds worked and core-seconds passed since the machine started. */
function coreSeconds() {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const worked = times.user + times.nice + times.sys + times.irq;
    busy += worked / 1000;
    all += (worked + times.idle) / 1000;
  }
  return { busy, all };
}

/** @param budgetSeconds how long may be spent on waiting and on windows that are thrown away, altogether */
function createGuard(budgetSeconds) {
  let spentMs = 0;
  const spent = () => spentMs >= budgetSeconds * 1000;

  async function waitForQuiet() {
    for (;;) {
      const before = coreSeconds();
      await new Promise((done) => setTimeout(done, lookMs));
      const after = coreSeconds();
      if ((after.busy - before.busy) / (after.all - before.all) <= tolerated || spent()) return;
      spentMs += lookMs;
    }
  }

  /**
   * Runs windows until one is undisturbed, or gives the least disturbed of some.
   * @param window trains and answers with `cpuSeconds`, what it took itself, or with undefined when it failed
   * @returns what the window answered, with `disturbed`
   */
  async function measure(window) {
    let best;
    for (let attempt = 0; attempt < tries; attempt++) {
      await waitForQuiet();
      const start = performance.now();
      const before = coreSeconds();
      const ran = await window();
      if (!ran) return undefined;
      const after = coreSeconds();
      const others = (after.busy - before.busy - ran.cpuSeconds) / (after.all - before.all);
      if (!best || others < best.others) best = { ...ran, others };
      if (others <= tolerated || spent()) break;
      spentMs += performance.now() - start;
    }
    return { ...best, disturbed: best.others > tolerated };
  }

  return { measure };
}

module.exports = { createGuard };
