// Milliseconds a training step: families on every backend and in every compile mode, against PyTorch and Keras.
// npm run bench -- [--quick] [--write] [--families gan,vae] [--only 'TEXT|TEXT'] [--data digits|FOLDER]
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { cpus, loadavg, tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { parseArgs } = require('node:util');
const { namedSets } = require('../dist/dataset');
const { splitFiles } = require('../dist/dataset/named-set');
const { contestantsOf, installHint, peerFamilies, tf32 } = require('./steps/contestants');
const { Absent, startContestant } = require('./steps/contestant-process');
const { writeReport } = require('./steps/document');
const { createGuard } = require('./steps/quiet');
const { writeGpu } = require('./gpu/document');
const { faults, figuresOf, largestDifference, notInstalled, printFamily } = require('./steps/report');

const flags = {
  /** A few windows of one start each: a look, not a result. */
  quick: { type: 'boolean', default: false },
  /** Puts the results into docs/performance.md and docs/performance.svg. */
  write: { type: 'boolean', default: false },
  /** Any of aigc's; those that the peers have too when left out. */
  families: { type: 'string', default: peerFamilies.join() },
  /** Only the contestants whose label has this in it; the floor and the reference are always there. */
  only: { type: 'string', default: '' },
  /** The built-in digits, or a folder with the gzipped files of MNIST. */
  data: { type: 'string', default: 'digits' },
  /** How often every process is started anew. */
  sittings: { type: 'string' },
  /** Windows a contestant has in each sitting, in turns with the others. */
  rounds: { type: 'string' },
  /** Length of a window. */
  seconds: { type: 'string' },
  /** Another batch size than each family's own. */
  batch: { type: 'string' },
  /** Only on cpu, or on cuda; both where there is a GPU. */
  device: { type: 'string' },
  /** Also writes the figures there, as JSON. */
  json: { type: 'string' },
  /** Puts what bench/gpu.sh wrote into this folder into docs/performance.md, and measures nothing. */
  'write-gpu': { type: 'string' },
  /** Seconds that each trains before its first window. */
  'warm-up': { type: 'string', default: '1.5' },
  /** The processes of all families start at once, for one sitting: for many cores, where that takes longer than measuring. */
  together: { type: 'boolean', default: false },
  /** Who says nothing for so many seconds is out. */
  limit: { type: 'string', default: '300' },
  /** Seconds that may be lost, altogether, to waiting for other programs and to windows that they disturbed. */
  patience: { type: 'string', default: '60' },
};

/** A window is longer when so many steps need it. */
const stepsAtLeast = 3;

async function main() {
  const values = /** @type {Record<string, string> & Record<'quick' | 'write' | 'together', boolean>} */ (
    parseArgs({ options: /** @type {NonNullable<import('node:util').ParseArgsConfig['options']>} */ (flags) })
      .values
  );
  if (values['write-gpu']) return writeGpu(values['write-gpu']);
  if (values.batch) process.env.AIGC_BENCH_BATCH = values.batch;
  const defaults = values.quick
    ? { sittings: 1, rounds: 2, seconds: 0.5 }
    : { sittings: 2, rounds: 3, seconds: 0.7 };
  const numbers = Object.entries(defaults).map(([name, value]) => [name, Number(values[name] ?? value)]);
  const { only, device, together, data } = values;
  const warmUp = { do: 'run', seconds: Number(values['warm-up']), steps: 4 };
  const plan = {
    ...Object.fromEntries(numbers),
    only,
    device,
    together,
    warmUp,
    limit: Number(values.limit),
  };
  if (together) plan.sittings = 1;
  const guard = createGuard(Number(values.patience));
  const cache = mkdtempSync(join(tmpdir(), 'aigc-bench-'));
  const load = loadavg()[0];
  if (load > 0.5 * cpus().length) {
    console.log(
      `The machine is busy (load ${load.toFixed(1)} on ${cpus().length} cores): the figures will be off.`,
    );
  }
  const families = [];
  const waiting = values.families.split(',').map((family) => openContest(family, data, plan, cache));
  try {
    if (together) await Promise.all(waiting.map((contest) => start(contest, plan, cache)));
    for (const contest of waiting) {
      families.push(await measureFamily(contest, plan, { cache, guard }));
      printFamily(families.at(-1));
      if (values.json) writeFileSync(values.json, JSON.stringify({ families: families.map(figuresOf) }));
    }
    const wrong = families.flatMap(faults);
    if (values.write && wrong.length === 0) writeReport({ families, plan, load, data });
    else if (values.write) console.error(`The page stays as it was: ${wrong.join(' ')}`);
  } finally {
    waiting.forEach(stop);
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Who takes part in a family's contest, with what will be measured of each; none has begun. */
function openContest(family, data, plan, cache) {
  const file = join(cache, `${family}.safetensors`);
  const script = join(__dirname, 'steps', 'reference.js');
  const printed = execFileSync(process.execPath, [script, family, data, file], { encoding: 'utf8' });
  const builtIn = namedSets.find(({ name }) => name === data)?.builtIn;
  const [images, labels] = [splitFiles.trainImages, splitFiles.trainLabels].map((name) =>
    resolve(join(builtIn ?? data, name)),
  );
  const { settings, backends } = JSON.parse(printed);
  const contestants = contestantsOf(family, {
    ...{ set: data, images, labels, reference: file, settings, backends, device: plan.device },
  });
  const results = contestants
    .filter(
      ({ label, kind }) => kind === 'floor' || plan.only.split('|').some((text) => label.includes(text)),
    )
    .map((contestant) => ({
      contestant,
      starts: /** @type {number[]} */ ([]),
      windows: /** @type {number[]} */ ([]),
      disturbed: /** @type {number[]} */ ([]),
      peakMemoryMb: 0,
      versions: {},
      failure: /** @type {string | undefined} */ (undefined),
      losses: /** @type {any} */ (undefined),
      differences: /** @type {any} */ (undefined),
    }));
  return { family, batchSize: settings.batchSize, results, running: /** @type {any[]} */ ([]) };
}

async function measureFamily(contest, plan, { cache, guard }) {
  for (let sitting = 0; sitting < plan.sittings; sitting++) {
    try {
      if (!plan.together) await start(contest, plan, cache);
      await takeTurns(contest, plan, { guard, isFirst: sitting === 0 });
    } finally {
      stop(contest);
    }
  }
  const { family, batchSize, results } = contest;
  const reference = results.find(({ contestant, losses }) => contestant.kind === 'ours' && losses);
  for (const result of results) {
    // Better a disturbed figure, marked as such, than none.
    if (result.windows.length === 0) result.windows = result.disturbed;
    const { kind, device } = result.contestant;
    if (reference && result.losses && kind !== 'floor' && device !== tf32) {
      result.differences = largestDifference(reference.losses, result.losses);
    }
  }
  return { family, batchSize, results };
}

/** Starts every contestant that has not failed, one after the other or all at once, and lets it train a little. */
async function start(contest, { together, warmUp, limit }, cache) {
  const begin = async (result) => {
    const child = await attempt(result, () => startContestant(result.contestant, cache, limit));
    if (!child) return;
    contest.running.push({ result, child });
    result.starts.push(child.startSeconds);
    Object.assign(result.versions, child.versions);
    await attempt(result, () => child.ask(warmUp));
  };
  const results = contest.results.filter(({ failure }) => !failure);
  if (together) await Promise.all(results.map(begin));
  else for (const result of results) await begin(result);
}

/** Lets all train in turns. Between turns each waits idle. */
async function takeTurns({ running }, { rounds, seconds }, { guard, isFirst }) {
  for (let round = 0; round < rounds; round++) {
    for (const { result, child } of running) {
      const request = { do: 'run', seconds, steps: stepsAtLeast };
      const ran = await guard.measure(() => attempt(result, () => child.ask(request)));
      if (!ran) continue;
      (ran.disturbed ? result.disturbed : result.windows).push((ran.seconds / ran.steps) * 1000);
      result.peakMemoryMb = Math.max(result.peakMemoryMb, ran.peakMemoryMb);
    }
  }
  for (const { result, child } of isFirst ? running : []) {
    result.losses = (await attempt(result, () => child.ask({ do: 'check' })))?.losses;
  }
}

function stop({ running }) {
  for (const { child } of running.splice(0)) child.stop();
}

/** A contestant that fails is out, and why is told in the results; the others go on. */
async function attempt(result, work) {
  if (result.failure) return undefined;
  try {
    return await work();
  } catch (error) {
    result.failure =
      error instanceof Absent
        ? `${notInstalled}: ${installHint}`
        : String(error instanceof Error ? error.message : error);
    return undefined;
  }
}

main();
