// Preloaded with --require: SIGKILL at a change of a file, at a moment that does not depend on how busy the machine is.
// AIGC_DIE_IN is the folder whose changes count, AIGC_DIE_AT the number of the fatal one, AIGC_DIE_WHEN `before`, `half`
// (of a write) or `after`. Without AIGC_DIE_AT nothing dies, and AIGC_DIE_COUNT is the file that is told the number.
const fs = require('node:fs');
const promises = require('node:fs/promises');
const { resolve, sep } = require('node:path');

const {
  AIGC_DIE_IN: root,
  AIGC_DIE_AT: at,
  AIGC_DIE_WHEN: when = 'before',
  AIGC_DIE_COUNT: tally,
} = process.env;
const inside = resolve(root) + sep;
let count = 0;

function die() {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** @returns when to die, if it is this change */
function moment(path) {
  if (typeof path !== 'string' || !(resolve(path) + sep).startsWith(inside)) return undefined;
  count += 1;
  return count === Number(at) ? when : undefined;
}

/** @param of what a call changes, by its first argument */
function watch(owner, names, of = (path) => path) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (...words) {
      const now = moment(of(words[0]));
      if (now === 'before') die();
      const result = original.apply(this, words);
      if (now === undefined) return result;
      return result instanceof Promise ? result.then(die, die) : die();
    };
  }
}

const changes = ['rename', 'rm', 'rmdir', 'mkdir', 'unlink', 'link', 'appendFile', 'writeFile'];
watch(promises, changes);
watch(
  fs,
  changes.map((name) => `${name}Sync`),
);

const paths = new Map();
const openSync = fs.openSync;
fs.openSync = (path, flags, ...more) => {
  const file = openSync(path, flags, ...more);
  if (flags !== undefined && flags !== 'r') paths.set(file, path);
  return file;
};
const writeSync = fs.writeSync;
fs.writeSync = (file, data, ...more) => {
  const now = moment(paths.get(file));
  if (now === 'before') die();
  if (now === 'half') writeSync(file, data.slice(0, data.length / 2));
  const written = now === 'half' ? 0 : writeSync(file, data, ...more);
  if (now !== undefined) die();
  return written;
};
const open = promises.open;
promises.open = async (path, flags, ...more) => {
  const file = await open(path, flags, ...more);
  if (flags === undefined || flags === 'r') return file;
  const write = file.write.bind(file);
  file.write = async (data, offset, length, ...rest) => {
    const now = moment(path);
    if (now === 'before') die();
    const written = await write(data, offset, now === 'half' ? Math.floor(length / 2) : length, ...rest);
    if (now !== undefined) die();
    return written;
  };
  return file;
};

if (tally) process.on('exit', () => fs.writeFileSync(tally, String(count)));
