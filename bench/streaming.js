// What it costs to leave a large set on disk: a run on one of 6 GB, under a limit of 4 GB of memory, beside a run on as much
// of it as memory holds; in turns.
// node bench/streaming.js DIR [--gigabytes 6] [--limit 4] [--shape 64x64x3] [--steps 100] [--pairs 3] [--model dcgan] [--backend native]
const { spawn } = require('node:child_process');
const { randomFillSync } = require('node:crypto');
const {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gigabytes: { type: 'string', default: '6' },
    limit: { type: 'string', default: '4' },
    shape: { type: 'string', default: '64x64x3' },
    steps: { type: 'string', default: '100' },
    pairs: { type: 'string', default: '3' },
    model: { type: 'string', default: 'dcgan' },
    backend: { type: 'string', default: 'native' },
  },
});
const [folder = 'bench/large'] = positionals;
const [height, width, channels] = values.shape.split('x').map(Number);
const rowBytes = height * width * channels;
/** As much as aigc holds in memory. */
const mostHeld = 2 ** 31;

/** An IDX file of noise, unless it is there. */
function makeSet(name, bytes) {
  const count = Math.floor(bytes / rowBytes);
  const path = join(folder, name, 'train-images-idx4-ubyte');
  const header = Buffer.alloc(20);
  for (const [i, word] of [0x0804, count, height, width, channels].entries())
    header.writeUInt32BE(word, 4 * i);
  const whole = header.length + count * rowBytes;
  if (existsSync(path) && statSync(path).size === whole) return join(folder, name);
  mkdirSync(join(folder, name), { recursive: true });
  const file = openSync(path, 'w');
  writeSync(file, header);
  const noise = randomFillSync(Buffer.alloc(2 ** 24));
  for (let left = whole - header.length; left > 0; ) {
    // Each piece begins elsewhere in the noise, so that no two images are the same.
    const from = ((left / 7) % 2 ** 20) | 0;
    left -= writeSync(file, noise, from, Math.min(left, noise.length - from));
  }
  closeSync(file);
  return join(folder, name);
}

/** Trains, and watches what memory the process has of its own. */
async function train(data, stream, limit) {
  const out = join(folder, `run-${stream}`);
  rmSync(out, { recursive: true, force: true });
  const { model, backend, steps } = values;
  const words = [
    ...['bin/aigc.js', 'train', '--model', model, '--backend', backend, '--data', data, '--stream', stream],
    ...['--steps', steps, '--log-every-steps', '10', '--grid', '2x2', '--out', out, '--quiet'],
  ];
  // Private memory that may be written to: what a limit of memory means to a process whose engine reserves addresses.
  const limited = limit
    ? ['prlimit', `--data=${limit}`, process.execPath, ...words]
    : [process.execPath, ...words];
  const child = spawn(limited[0], limited.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  let [ownMb, mappedMb] = [0, 0];
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const megabytes = (word) =>
        Number(new RegExp(`^${word}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1e3;
      ownMb = Math.max(ownMb, megabytes('RssAnon'));
      mappedMb = Math.max(mappedMb, megabytes('VmData'));
    } catch {}
  }, 100);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${limited.join(' ')} ended with ${code}`);
  const events = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // The first are of starting up: caches, graphs, chains.
  const rates = events
    .filter(({ event, step }) => event === 'step' && step > 60)
    .map((event) => event.imagesPerSecond);
  return { rate: median(rates), ownMb, mappedMb };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  const bytes = Number(values.gigabytes) * 1e9;
  const large = makeSet('large', bytes);
  const held = makeSet('held', Math.min(bytes, mostHeld - rowBytes));
  const ratios = [];
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const resident = await train(held, 'off');
    const stored = await train(large, 'on', Number(values.limit) * 1e9);
    ratios.push(stored.rate / resident.rate);
    console.log(JSON.stringify({ pair, resident, stored, ratio: ratios.at(-1) }));
  }
  console.log(JSON.stringify({ ...values, medianRatio: median(ratios) }));
}

void main();
