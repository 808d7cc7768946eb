// Puts results into docs/performance.md, between its two markers, and the chart beside it.
const { writeFileSync } = require('node:fs');
const { cpus, totalmem } = require('node:os');
const { join } = require('node:path');
const { drawChart } = require('./chart');
const { writeBetween } = require('./page');
const { absences, familyTable, floorLine, isDisturbed, summarise } = require('./report');

const docs = join(__dirname, '..', '..', 'docs');
const begin = '<!-- results: written by npm run bench -- --write -->';
const end = '<!-- end of results -->';

function writeReport(report) {
  const path = join(docs, 'performance.md');
  writeBetween(path, { begin, end }, resultsOf(report));
  writeFileSync(join(docs, 'performance.svg'), drawChart(report.families));
  console.log(`\nWrote ${path} and performance.svg`);
}

function resultsOf(report) {
  const sections = report.families.map((family) => {
    const missing = absences(family).map((absence) => `- Not measured: ${absence}`);
    const title = `### ${family.family}, batch ${family.batchSize}`;
    return [
      title,
      familyTable(family),
      floorLine(family),
      ...(missing.length ? [missing.join('\n')] : []),
    ].join('\n\n');
  });
  return [
    circumstances(report),
    '![Milliseconds a training step of each contestant](performance.svg)',
    verdicts(report.families),
    ...sections,
  ].join('\n\n');
}

function circumstances({ families, plan, load, data }) {
  const versions = Object.assign(
    {},
    ...families.flatMap((family) => family.results.map((result) => result.versions)),
  );
  const results = families.flatMap((family) => family.results);
  const lost = results.reduce((sum, result) => sum + (isDisturbed(result) ? 0 : result.disturbed.length), 0);
  const { sittings, rounds, seconds } = plan;
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${process.arch}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`;
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}, load ${load.toFixed(1)} at the start;`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')};`,
    `data ${data}; ${sittings} sittings of ${rounds} rounds, windows of ${seconds} s,`,
    `${lost} that other programs disturbed were dropped.`,
  ].join(' ');
}

/** The best of ours on the CPU against the marks, a line a family. */
function verdicts(families) {
  const lines = families.map((family) => {
    const ours = summarise(family).rows.filter(({ contestant }) => contestant.kind === 'ours');
    const [best] = ours.sort((a, b) => a.ms - b.ms);
    const eager = ours.find(({ contestant }) => contestant.label === 'aigc native, op by op');
    if (!best) return '';
    const ratio = (value) => (value === undefined ? '–' : value.toFixed(2));
    return `| ${[
      family.family,
      best.contestant.label,
      best.ms.toFixed(2),
      ratio(best.toFastestPeer),
      ratio(best.toPyTorchEager),
      eager ? `${(eager.ms / best.ms).toFixed(1)}×` : '–',
    ].join(' | ')} |`;
  });
  const head = '| | our fastest | ms a step | ÷ fastest peer | ÷ PyTorch eager | faster than op by op |';
  return [head, '|---|---|---:|---:|---:|---:|', ...lines].join('\n');
}

module.exports = { writeReport };
