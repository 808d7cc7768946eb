// What takes too long for every test run: on a real Slurm, a search of 12 trials against the same here, a limit of one minute,
// and what 1,000 trials that do nothing cost. As root: npm run test:slurm, or with stub, twelve or limit for one of them
const { execFileSync, spawnSync } = require('node:child_process');
const { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const assert = require('node:assert/strict');
const { drawDigits } = require('../../dist/dataset/digits/digits');
const { writeSplit } = require('../../dist/dataset/idx-writer');
const { slurmLauncher } = require('../../dist/process/slurm/launcher');
const { readOutcome } = require('../../dist/tune/trial-outcome');
const { appendResult, readResults, tuneFolder } = require('../../dist/tune/tune-folder');

const root = mkdtempSync(join(tmpdir(), 'aigc-slurm-long-'));
const cluster = join(root, 'cluster');
process.env.SLURM_CONF = join(cluster, 'slurm.conf');
process.env.AIGC_BACKEND = 'wasm';
process.env.AIGC_OFFLINE = '1';
const script = (todo) =>
  execFileSync(join(__dirname, 'cluster.sh'), [todo, cluster, String(20_000 + (process.pid % 20_000))]);
const small = ['--model', 'vae', '--data', 'set', '--set', 'hidden-units=8', '--set', 'batch-size=32'];
const table = (out) =>
  readFileSync(join(root, out, 'report.md'), 'utf8')
    .match(/^\|.*\|$/gm)
    .join('\n');

function aigc(...words) {
  const began = performance.now();
  const done = spawnSync(process.execPath, [join(__dirname, '../../bin/aigc.js'), ...words], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(done.status, 0, done.stderr);
  return { ...done, seconds: (performance.now() - began) / 1000 };
}

function twelve() {
  const words = [
    'tune',
    ...small,
    '--set',
    'learning-rate=1e-4..1e-1:log',
    '--epochs',
    '9',
    '--trials',
    '12',
  ];
  const here = aigc(...words, '--out', 'here', '--parallel', '2').seconds;
  const there = aigc(...words, '--out', 'there', '--on', 'slurm').seconds;
  assert.equal(table('there'), table('here'));
  console.log(`12 trials: the same table, ${here.toFixed(0)} s here, ${there.toFixed(0)} s on Slurm.`);
}

/** Training that takes longer than the limit comes to what it comes to without one. */
function limited(epochs) {
  const words = ['sweep', ...small, '--epochs', String(epochs)];
  const here = aigc(...words, '--out', 'unlimited');
  const there = aigc(...words, '--out', 'limited', '--on', 'slurm', '--slurm', 'time=1');
  assert.equal(table('limited'), table('unlimited'));
  const cuts = there.stderr.match(/was taken away \(\w+\)/g) ?? [];
  const log = readFileSync(join(root, 'limited', 'jobs', '0001-1.log'), 'utf8');
  console.log(
    `A limit of one minute on a trial of ${here.seconds.toFixed(0)} s: ${cuts.join(', ') || 'never met'}; the same table.`,
  );
  console.log(
    log
      .split('\n')
      .filter((line) => /SIG/.test(line))
      .join('\n'),
  );
}

/** Without ours: the same array with a program that does nothing. */
async function thousand(count) {
  const folder = join(root, 'stub', 'jobs');
  mkdirSync(folder, { recursive: true });
  const stub = join(root, 'stub.sh');
  writeFileSync(
    stub,
    '#!/bin/bash\necho \'{"status":"measured","value":1,"seconds":0}\' >"$1.tmp" && mv "$1.tmp" "$1"\n',
    { mode: 0o755 },
  );
  const bare = join(root, 'bare.sh');
  writeFileSync(bare, '#!/bin/bash\nexec /bin/true\n');
  let began = performance.now();
  execFileSync('sbatch', ['--wait', '--quiet', `--array=0-${count - 1}`, '--output=/dev/null', bare]);
  const alone = (performance.now() - began) / 1000;
  began = performance.now();
  const cpu = process.cpuUsage();
  const quiet = { onArray: () => undefined, onAway: () => undefined };
  const launcher = await slurmLauncher({
    folder,
    settings: '',
    parallel: undefined,
    program: [stub],
    ...quiet,
  });
  const name = (i) => `${String(i + 1).padStart(4, '0')}-1`;
  const calls = Array.from({ length: count }, (_, i) => ({
    name: name(i),
    words: [join(folder, `${name(i)}.json`)],
  }));
  const ended = await Promise.all(calls.map((call) => launcher.start(call).done));
  const whole = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  assert.ok(ended.every(({ code }) => code === 0));
  const search = tuneFolder(join(root, 'stub'));
  for (const [i] of calls.entries())
    appendResult(search, {
      event: 'trial',
      trial: i + 1,
      bracket: 1,
      rung: 1,
      length: 1,
      status: 'measured',
      value: 1,
      seconds: 0,
      spentMinutes: 0,
      options: {},
    });
  began = performance.now();
  const results = await readResults(search);
  const outcomes = calls.map((call) => readOutcome(search, call.name));
  const read = performance.now() - began;
  assert.equal(results.length, count);
  assert.ok(outcomes.every((outcome) => outcome.value === 1));
  console.log(
    `${count} trials that do nothing: Slurm alone ${alone.toFixed(1)} s, with ours ${whole.toFixed(1)} s, so ${(((whole - alone) / count) * 1000).toFixed(1)} ms a trial; of it ${((user + system) / 1e3 / count).toFixed(2)} ms of our CPU. The folder is read in ${read.toFixed(0)} ms (${readdirSync(folder).length} files).`,
  );
}

async function main() {
  mkdirSync(cluster);
  // Programs that do nothing are not to wait for cores.
  if (process.argv[2] === 'stub') process.env.CPUS = '64';
  script('start');
  try {
    await writeSplit(join(root, 'set'), 'train', drawDigits(64, 11));
    await writeSplit(join(root, 'set'), 't10k', drawDigits(16, 12));
    const which = process.argv[2];
    if (which === 'stub') await thousand(Number(process.argv[3] ?? 1000));
    if (!which || which === 'twelve') twelve();
    if (!which || which === 'limit') limited(Number(process.argv[3] ?? 24_000));
  } finally {
    script('stop');
    rmSync(root, { recursive: true, force: true });
  }
}

main();
