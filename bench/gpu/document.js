// Puts what bench/gpu.sh found into docs/performance.md, between its two markers.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { writeBetween } = require('../steps/page');
const { gpuReport } = require('./summary');

const page = join(__dirname, '..', '..', 'docs', 'performance.md');
const begin = '<!-- gpu: written by npm run bench -- --write-gpu OUT -->';
const end = '<!-- end of gpu -->';

/** @param out the folder that bench/gpu.sh wrote @param path the page, for tests */
function writeGpu(out, path = page) {
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
  if (summary.rehearse) throw new Error(`${out} holds a rehearsal: its figures are of no GPU.`);
  writeBetween(path, { begin, end }, gpuReport(summary));
  console.log(`Wrote ${path}`);
}

module.exports = { writeGpu };
