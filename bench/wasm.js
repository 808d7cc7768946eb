// The wasm backend now against an older commit, which is built into a temporary folder: milliseconds a training step in
// turns, peak memory, and GFLOP/s of matrix products against XNNPACK's.
// npm run bench:wasm -- [--before COMMIT] [--families gan,vae|none] [--rounds N] [--seconds S] [--no-products] [--jax-js]
const { execFileSync, fork } = require('node:child_process');
const { mkdtempSync, rmSync, symlinkSync } = require('node:fs');
const { availableParallelism, cpus, tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { createGuard } = require('./steps/quiet');

const here = join(__dirname, '..');

const flags = {
  /** The last one before aigc had products of its own. */
  before: { type: 'string', default: '0ca62e8' },
  families: { type: 'string', default: 'gan,vae,dcgan' },
  /** Windows that each contestant has, in turns with the others. */
  rounds: { type: 'string', default: '5' },
  /** Length of a window; longer when a step is. */
  seconds: { type: 'string', default: '1' },
  /** Seconds that may be lost to waiting for other programs and to windows that they disturbed, for each family. */
  patience: { type: 'string', default: '60' },
  'no-products': { type: 'boolean', default: false },
  /** Products by jax-js too, which npm brings into a temporary folder. */
  'jax-js': { type: 'boolean', default: false },
};

const jaxJs = '@jax-js/jax@0.1.25';

async function main() {
  const values =
    /** @type {Record<'before' | 'families' | 'rounds' | 'seconds' | 'patience', string> & Record<'no-products' | 'jax-js', boolean>} */ (
      parseArgs({
        options: /** @type {NonNullable<import('node:util').ParseArgsConfig['options']>} */ (flags),
      }).values
    );
  console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.versions.node}\n`);
  const before = build(values.before);
  try {
    const families = values.families === 'none' ? [] : values.families.split(',');
    for (const family of families) await compare(family, before, values);
    if (!values['no-products']) await products(before, values['jax-js']);
  } finally {
    rmSync(before, { recursive: true, force: true });
  }
}

/** @returns the folder in which a commit is built */
function build(commit) {
  const folder = mkdtempSync(join(tmpdir(), 'aigc-before-'));
  const archive = execFileSync('git', ['archive', commit], { cwd: here, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(
    process.execPath,
    [join(here, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: folder,
    },
  );
  return folder;
}

/** Milliseconds a step of one family: before, now with one thread, and with all. */
async function compare(family, before, { rounds, seconds, patience }) {
  const guard = createGuard(Number(patience));
  const threads = availableParallelism();
  const contestants = [
    { name: 'before', root: before },
    { name: 'now, 1 thread', root: here, threads: 1 },
    ...(threads > 1 ? [{ name: `now, ${threads} threads`, root: here, threads }] : []),
  ];
  const running = /** @type {any[]} */ ([]);
  try {
    for (const contestant of contestants) running.push(await start(contestant, family));
    for (let round = 0; round < Number(rounds); round++) {
      for (const each of running) {
        const window = await guard.measure(() => each.ask({ seconds: Number(seconds) }));
        (window.disturbed ? each.disturbed : each.times).push(window.ms);
      }
    }
    for (const each of running) if (each.times.length === 0) each.times = each.disturbed;
    const ends = [];
    for (const each of running) ends.push(await each.ask({ finish: 40 }));
    console.log(
      `| ${family} | ms a step, median | fastest window | × before | peak memory, MB | weights after 40 steps |`,
    );
    console.log('| --- | ---: | ---: | ---: | ---: | --- |');
    running.forEach(({ contestant, times }, i) => {
      const ratio = median(running[0].times) / median(times);
      const figures = [median(times).toFixed(2), Math.min(...times).toFixed(2), ratio.toFixed(2)];
      const { peakMb, hash } = ends[i];
      console.log(`| ${contestant.name} | ${figures.join(' | ')} | ${peakMb.toFixed(0)} | ${hash} |`);
    });
    console.log();
  } finally {
    for (const { child } of running) child.kill();
  }
}

async function start(contestant, family) {
  const { root, threads } = contestant;
  const child = fork(join(__dirname, 'wasm', 'child.js'), [root, family, `${threads ?? ''}`], { cwd: root });
  const answer = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`${contestant.name} ended with code ${code}`)));
    });
  const ask = (request) => {
    child.send(request);
    return answer();
  };
  await answer();
  return { contestant, child, ask, times: [], disturbed: [] };
}

/** A step's kinds of product at the sizes of our families: [what, rows, depth, columns, transposes]. */
const shapes = [
  ['gan, forward', 128, 1024, 784, false, false],
  ['gan, to the input', 128, 784, 1024, false, true],
  ['gan, to the weights', 1024, 128, 784, true, false],
  ['vae, forward', 128, 784, 400, false, false],
  ['dcgan, forward', 64, 6272, 1024, false, false],
  ['dcgan, to the weights', 6272, 64, 1024, true, false],
  ['square', 512, 512, 512, false, false],
];

/** GFLOP/s: XNNPACK's where operands lie as it likes, what the backend made of it before, ours, and jax-js's when asked for. */
async function products(before, withJaxJs) {
  const threads = availableParallelism();
  const plain = shapes.map((shape) => [...shape.slice(0, 4), false, false]);
  const columns = [
    ['XNNPACK, operands as it likes', ratesBy('products.js', before, '', plain)],
    ['before', ratesBy('products.js', before, '', shapes)],
    ['now, 1 thread', ratesBy('products.js', here, '1', shapes)],
    [`now, ${threads} threads`, ratesBy('products.js', here, `${threads}`, shapes)],
    ...(withJaxJs ? [[jaxJs, ratesOfJaxJs()]] : []),
  ];
  console.log(`| rows × depth × columns | ${columns.map(([name]) => name).join(' | ')} |`);
  console.log(`| --- | ${columns.map(() => '---:').join(' | ')} |`);
  shapes.forEach(([what, ...size], i) => {
    const rates = columns.map(([, each]) => each[i].toFixed(1));
    console.log(`| ${what}: ${size.slice(0, 3).join(' × ')} | ${rates.join(' | ')} |`);
  });
}

/** @returns GFLOP/s of each shape */
function ratesBy(script, ...words) {
  const texts = words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word)));
  const path = join(__dirname, 'wasm', script);
  return JSON.parse(execFileSync(process.execPath, [path, ...texts], { encoding: 'utf8' })).rates;
}

function ratesOfJaxJs() {
  const folder = mkdtempSync(join(tmpdir(), 'aigc-jax-js-'));
  try {
    execFileSync('npm', ['install', '--no-save', '--prefix', folder, jaxJs], { stdio: 'ignore' });
    return ratesBy('jax-js.js', folder, shapes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

main();
