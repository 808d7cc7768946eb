// What is to be shown on a GPU, the most important first. Each part answers with what goes into the summary.
const { execFileSync } = require('node:child_process');
const {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { peerFamilies } = require('../steps/contestants');

const aigc = ({ root }) => join(root, 'bin', 'aigc.js');
const lines = (text) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

const messageOf = (error) => String(error instanceof Error ? error.message : error);

const doctor = {
  name: 'doctor',
  // A driver that compiles PTX for a new card takes its time, once.
  seconds: 120,
  run: async (context) => {
    const text = await context.run(process.execPath, [aigc(context), 'backend', 'doctor', '--json'], context);
    writeFileSync(join(context.out, 'doctor.json'), text);
    const backends = lines(text).filter(({ event }) => event === 'backend');
    const report = backends.find(({ backend }) => backend === context.backend);
    const { gpu } = backends.find(({ backend }) => backend === 'cuda') ?? {};
    if (!report?.works) throw new Error(`${context.backend} does not work: ${report?.reason}`);
    return { words: report.detail, gpu, gflops: report.gflops, smi: smi() };
  },
};

function smi() {
  try {
    return execFileSync('nvidia-smi', { encoding: 'utf8', timeout: 20_000 });
  } catch {
    return undefined;
  }
}

/** The first losses of every family on the backend, op by op and as a graph, against those on the CPU. */
const contract = {
  name: 'contract',
  seconds: 80,
  run: async (context) => {
    const script = join(__dirname, 'contract.js');
    const only = context.rehearse ? ['vae'] : [];
    const words = (backend) => [script, backend, 'digits', ...only];
    const [ours, reference] = [
      lines(await context.run(process.execPath, words(context.backend), context)),
      lines(await context.run(process.execPath, words('wasm'), context)),
    ];
    const { compareFamilies } = require('./contract-figures');
    const families = compareFamilies(ours, reference);
    const wrong = families.filter(({ agrees }) => !agrees).map(({ family, mode }) => `${family} (${mode})`);
    if (wrong.length > 0)
      throw Object.assign(new Error(`other losses than wasm: ${wrong.join(', ')}`), { families });
    return { words: `${families.length} of ${families.length} agree with wasm`, families };
  },
};

const quick = 'aigc cuda, graph|PyTorch, eager|PyTorch, TF32';

/**
 * What is measured, in this order: what compiles starts for a minute and more, so it comes last, a family at a time and with ours
 * beside it. The others start all at once, since there are many cores.
 */
const sittings = [
  ...[128, 4096].map((batch) => ({ families: peerFamilies.join(), batch, only: quick })),
  ...peerFamilies.map((family) => ({
    families: family,
    batch: 128,
    only: 'aigc cuda, graph|aigc cuda, XLA|torch.compile|JAX',
  })),
];

/** Milliseconds a step against peers on the same card. */
const steps = {
  name: 'steps',
  seconds: 240,
  run: async (context) => {
    const { rehearse, data } = context;
    const plan = rehearse ? [{ families: 'vae', batch: 8, only: 'native, graph' }] : sittings;
    const families = [];
    const failures = [];
    for (const [at, { families: names, batch, only }] of plan.entries()) {
      const file = join(context.out, 'steps.json');
      const shareMs = (context.deadline - performance.now()) / (plan.length - at);
      const flags = [
        ...['--families', names, '--batch', String(batch), '--only', only, '--json', file, '--data', data],
        ...['--quick', '--together', '--patience', '0', '--device', rehearse ? 'cpu' : 'cuda'],
        // Starting and warming up, of its share.
        ...['--limit', String(Math.round((0.7 * shareMs) / 1000))],
        ...(rehearse ? ['--rounds', '1', '--seconds', '0.05', '--warm-up', '0.05'] : []),
      ];
      const words = [join(__dirname, '..', 'steps.js'), ...flags];
      try {
        await context.run(process.execPath, words, { deadline: performance.now() + shareMs });
      } catch (error) {
        failures.push(`${names} at ${batch}, ${only}: ${messageOf(error).slice(0, 300)}`);
      }
      if (existsSync(file)) families.push(...JSON.parse(readFileSync(file, 'utf8')).families);
      rmSync(file, { force: true });
    }
    if (families.length === 0) throw new Error(failures.join('; '));
    return { words: failures.join('; ') || `${families.length} families and batches`, families };
  },
};

/** Products of large matrices by PyTorch, float32 and TF32: what the card can. */
const rates = {
  name: 'rates',
  seconds: 30,
  run: async (context) => {
    const script = join(__dirname, '..', 'peers', 'torch_rates.py');
    const words = [script, ...(context.rehearse ? ['cpu', '64'] : ['cuda', '8192'])];
    try {
      return lines(await context.run(context.python, words, context))[0];
    } catch (error) {
      if (/No module named 'torch'|ENOENT/.test(messageOf(error)))
        return { status: 'skipped', words: 'no PyTorch' };
      throw error;
    }
  },
};

/** A run with its newest checkpoint alone, which is what a resume takes; all would be more than a caller may be given. */
function packRun(folder, family, archive) {
  const checkpoints = join(folder, family, 'checkpoints');
  const older = readdirSync(checkpoints).sort().slice(0, -1);
  const without = [...older.map((name) => `${family}/checkpoints/${name}`), `${family}/samples`];
  const flags = without.map((path) => `--exclude=${path}`);
  execFileSync('tar', ['-czf', archive, ...flags, '-C', folder, family]);
}

/** @returns what a command of aigc says, on the backend in question */
async function say(context, ...words) {
  const told = ['--json', '--backend', context.backend];
  return lines(await context.run(process.execPath, [aigc(context), ...words, ...told], context));
}

/** A run of a family from its beginning; three steps of it in a rehearsal. @returns the last event, and what it took */
async function train(context, { family, run, epochs }, ...flags) {
  const length = context.rehearse ? ['--steps', '3', '--batch-size', '4'] : ['--epochs', String(epochs)];
  const began = performance.now();
  const words = ['train', '--model', family, '--data', context.data, '--out', run, ...length, ...flags];
  const events = await say(context, ...words);
  return { trainSeconds: (performance.now() - began) / 1000, last: events.at(-1) };
}

/** @returns the figures of a run */
function measure(context, run, metrics) {
  const few = context.rehearse ? ['--sample-count', '64', '--count', '64'] : [];
  return say(context, 'evaluate', '--checkpoint', run, '--metrics', metrics, ...few);
}

/** A run of a family, measured, with its last grid; its checkpoint is kept for a resume elsewhere. */
function training(family, epochs, seconds, keep) {
  return {
    name: `train ${family}`,
    seconds,
    run: async (context) => {
      const { rehearse, out } = context;
      const folder = mkdtempSync(join(tmpdir(), 'aigc-gpu-run-'));
      const run = join(folder, family);
      try {
        const trained = await train(context, { family, run, epochs });
        const grid = readdirSync(join(run, 'samples')).sort().at(-1);
        if (grid) copyFileSync(join(run, 'samples', grid), join(out, `${family}.png`));
        if (keep) packRun(folder, family, join(out, `${family}-run.tar.gz`));
        // One of the two rehearses it.
        const figures = rehearse && !keep ? [] : await measure(context, run, 'fid');
        return { ...trained, figures };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** What is trained in both arithmetics, from which seeds. */
const precisions = ['float32', 'tf32'];
const compared = { families: { vae: 10, dcgan: 5 }, seeds: [1, 2, 3] };

/** What TF32 does to the figures of a trained model: the same runs in both, all at once, since it is not their time that counts. */
const coarse = {
  name: 'tf32',
  seconds: 200,
  run: async (context) => {
    const { rehearse } = context;
    const folder = mkdtempSync(join(tmpdir(), 'aigc-gpu-tf32-'));
    const { families, seeds } = rehearse ? { families: { vae: 1 }, seeds: [1] } : compared;
    const runOf = async (family, epochs, seed, precision) => {
      const run = join(folder, `${family}-${seed}-${precision}`);
      await train(context, { family, run, epochs }, '--seed', String(seed), '--precision', precision);
      const figures = await measure(context, run, family === 'vae' ? 'fid,elbo' : 'fid');
      return { family, seed, precision, figures };
    };
    try {
      const runs = Object.entries(families).flatMap(([family, epochs]) =>
        seeds.flatMap((seed) => precisions.map((precision) => runOf(family, epochs, seed, precision))),
      );
      const settled = await Promise.allSettled(runs);
      const failed = settled.filter(({ status }) => status === 'rejected');
      const trainings = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      if (trainings.length === 0) throw /** @type {PromiseRejectedResult} */ (failed[0]).reason;
      return { words: `${trainings.length} of ${settled.length} trainings`, trainings };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const parts = [
  doctor,
  contract,
  steps,
  rates,
  training('vae', 10, 40, true),
  training('dcgan', 20, 95, false),
  coarse,
];

module.exports = { parts };
