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

/** Beyond its share of the time: a quick one took 18 s on an H200. */
const quickGraceMs = 15_000;

/** Who is measured first, and then, in what time is left: what compiles starts for a minute and more. */
const contestants = { quick: 'cuda, graph|PyTorch, eager', slow: 'cuda|torch.compile|JAX' };

/**
 * Milliseconds a step against PyTorch on the same card, and the card's own rates. A call that is cut short says nothing,
 * so the quick ones of all families come before the slow ones, of the smaller batch alone.
 */
const steps = {
  name: 'steps',
  seconds: 210,
  run: async (context) => {
    const { rehearse } = context;
    const { quick, slow } = contestants;
    const plan = rehearse
      ? [['vae', 8, 'native, graph']]
      : [
          ...[128, 4096].flatMap((batch) => peerFamilies.map((family) => [family, batch, quick])),
          ...peerFamilies.map((family) => [family, 128, slow]),
        ];
    const left = () => context.deadline - performance.now();
    const families = [];
    const failures = [];
    for (const [at, [family, batch, only]] of plan.entries()) {
      const file = join(context.out, 'steps.json');
      // The slow ones take what is left between them.
      const share = left() / (plan.length - at) + (only === quick ? quickGraceMs : 0);
      const deadline = Math.min(context.deadline, performance.now() + share);
      const words = [
        ...[
          join(__dirname, '..', 'steps.js'),
          '--families',
          family,
          '--batch',
          String(batch),
          '--json',
          file,
        ],
        ...['--data', context.data, '--quick', '--patience', '0', '--device', rehearse ? 'cpu' : 'cuda'],
        ...['--only', only],
        ...(rehearse ? ['--rounds', '1', '--seconds', '0.05', '--warm-up', '0.05'] : []),
      ];
      try {
        await context.run(process.execPath, words, { deadline });
      } catch (error) {
        failures.push(`${family} at ${batch}, ${only}: ${messageOf(error).slice(0, 300)}`);
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

/** A run of a family from its beginning, measured, with its last grid; its checkpoint is kept for a resume elsewhere. */
function training(family, epochs, seconds, keep) {
  return {
    name: `train ${family}`,
    seconds,
    run: async (context) => {
      const { rehearse, backend, data, out } = context;
      const folder = mkdtempSync(join(tmpdir(), 'aigc-gpu-run-'));
      const run = join(folder, family);
      try {
        const length = rehearse ? ['--steps', '3'] : ['--epochs', String(epochs)];
        const train = [aigc(context), 'train', '--model', family, '--data', data, '--out', run, '--json'];
        const small = rehearse ? ['--batch-size', '4'] : [];
        const began = performance.now();
        const events = await context.run(
          process.execPath,
          [...train, ...length, ...small, '--backend', backend],
          context,
        );
        const trainSeconds = (performance.now() - began) / 1000;
        const grid = readdirSync(join(run, 'samples')).sort().at(-1);
        if (grid) copyFileSync(join(run, 'samples', grid), join(out, `${family}.png`));
        if (keep) execFileSync('tar', ['-czf', join(out, `${family}-run.tar.gz`), '-C', folder, family]);
        const measure = [
          aigc(context),
          'evaluate',
          '--checkpoint',
          run,
          '--metrics',
          'fid',
          '--json',
          '--backend',
          backend,
        ];
        // One of the two rehearses it.
        if (rehearse && !keep) return { trainSeconds, last: lines(events).at(-1), figures: [] };
        const few = rehearse ? ['--sample-count', '64', '--count', '64'] : [];
        const figures = lines(await context.run(process.execPath, [...measure, ...few], context));
        return { trainSeconds, last: lines(events).at(-1), figures };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

const parts = [
  doctor,
  contract,
  steps,
  rates,
  training('vae', 10, 40, true),
  training('dcgan', 20, 70, false),
];

module.exports = { parts };
