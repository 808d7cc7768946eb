// The parts of bench/gpu.sh, one after the other, each within its own time: what fails or takes too long is told, and the next
// begins. Everything lands in OUT, the summary anew after each part.
// `node bench/gpu/run.js OUT CHECKOUT [--rehearse] [--only PART,PART]`
const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const { arch, cpus, release } = require('node:os');
const { join } = require('node:path');
const { version } = require('../../package.json');
const { parts } = require('./parts');
const { runLimited } = require('./limited');
const { writeSummary } = require('./summary');

/** All parts together, with the unpacking; a part has what is left of it where that is less than its own time. */
const allSeconds = 480;
/** What is not begun any more. */
const leastSeconds = 5;
/** In a rehearsal no part is to be cut short, however busy the machine is. */
const rehearsalSeconds = 600;

/** @param {string[]} words */
async function main([out, checkout, ...flags]) {
  const rehearse = flags.includes('--rehearse');
  const only = flags.includes('--only') ? (flags[flags.indexOf('--only') + 1] ?? '').split(',') : undefined;
  const unknown = only?.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined) {
    process.stderr.write(
      `Expected after --only some of ${parts.map(({ name }) => `"${name}"`).join(', ')}, got "${unknown}".\n`,
    );
    process.exitCode = 2;
    return;
  }
  const began = performance.now();
  const unpackSeconds = Number(process.env.AIGC_GPU_UNPACK_SECONDS ?? 0);
  const context = {
    out,
    checkout,
    rehearse,
    root: join(__dirname, '..', '..'),
    backend: rehearse ? 'native' : 'cuda',
    data: rehearse ? 'digits' : findMnist(checkout),
    python: process.env.AIGC_PYTHON ?? 'python3',
    run: (program, words, options) => runLimited(program, words, { log: join(out, 'log.txt'), ...options }),
  };
  const summary = {
    format: 1,
    rehearse,
    date: new Date().toISOString(),
    data: context.data,
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      arch: arch(),
      kernel: release(),
    },
    versions: { aigc: version, node: process.versions.node },
    parts: /** @type {any[]} */ ([unpackPart(unpackSeconds)]),
    seconds: 0,
  };
  for (const part of parts.filter(({ name }) => !only || only.includes(name))) {
    const start = performance.now();
    appendFileSync(join(out, 'log.txt'), `\n=== ${part.name}\n`);
    const left = allSeconds - unpackSeconds - (start - began) / 1000;
    const limit = rehearse ? rehearsalSeconds : Math.min(part.seconds, left);
    const outcome =
      limit < leastSeconds
        ? { status: 'skipped', words: 'no time left' }
        : await attempt(part, { ...context, deadline: start + 1000 * limit });
    const seconds = (performance.now() - start) / 1000;
    summary.parts.push({ name: part.name, seconds, ...outcome });
    summary.seconds = (performance.now() - began) / 1000;
    writeSummary(out, summary);
    process.stdout.write(
      `${part.name}: ${outcome.status}${outcome.words ? ` (${outcome.words})` : ''}, ${seconds.toFixed(1)} s\n`,
    );
  }
  process.exitCode = summary.parts.some(({ status }) => status === 'failed') ? 1 : 0;
}

async function attempt(part, context) {
  try {
    return { status: 'done', ...(await part.run(context)) };
  } catch (error) {
    return { status: 'failed', words: String(error instanceof Error ? error.message : error).slice(0, 2000) };
  }
}

/** What gpu.sh did before there was a Node. */
function unpackPart(seconds) {
  const { AIGC_GPU_UNPACKED: folder } = process.env;
  const status = folder === 'failed' ? 'failed' : folder ? 'done' : 'skipped';
  const words = { failed: 'see log.txt', done: folder, skipped: 'no pack beside' }[status];
  return { name: 'unpack', seconds, status, words };
}

function findMnist(checkout) {
  const folders = [
    process.env.MNIST_DIR,
    join(checkout, '..', 'shared', 'mnist'),
    join(checkout, 'shared', 'mnist'),
  ];
  return (
    folders.find((folder) => folder && existsSync(join(folder, 'train-images-idx3-ubyte.gz'))) ?? 'digits'
  );
}

module.exports = { main };
if (require.main === module) {
  writeFileSync(join(process.argv[2], 'log.txt'), '', { flag: 'a' });
  main(process.argv.slice(2));
}
