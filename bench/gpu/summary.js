// What bench/gpu.sh found: summary.json for machines, summary.md for people; the second is made of the first alone.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

function writeSummary(out, summary) {
  writeFileSync(join(out, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
  writeFileSync(join(out, 'summary.md'), `${gpuReport(summary)}\n`);
}

/** @returns markdown */
function gpuReport(summary) {
  const { date, machine, versions, data, parts } = summary;
  const find = (name) => parts.find((part) => part.name === name) ?? {};
  const card = find('doctor').gpu?.cards?.[0];
  const where = card ? `${card.name}, driver ${card.driver}, ${card.memory}` : 'no GPU';
  const peer = find('rates').pytorch;
  const measured = `${summary.rehearse ? 'A rehearsal on the CPU: no figure here means anything. ' : ''}Measured on ${date.slice(0, 10)}: ${where}; ${machine.cores} cores of ${machine.processor}; aigc ${versions.aigc}, Node ${versions.node}${peer ? `, PyTorch ${peer}` : ''}; data ${data === 'digits' ? 'digits' : 'mnist'}.`;
  return [
    measured,
    partsTable(parts),
    ...stepsTables(find('steps').families ?? []),
    ratesLine(find('rates')),
    ...trainingLines(parts),
    coarseTable(find('tf32').trainings ?? []),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function partsTable(parts) {
  const cell = (text) =>
    String(text ?? '')
      .replaceAll('|', '\\|')
      .replace(/\s+/g, ' ')
      .slice(0, 200);
  return table(
    ['part', 'seconds', 'outcome', ''],
    parts.map(({ name, seconds, status, words }) => [name, seconds.toFixed(0), status, cell(words)]),
  );
}

function stepsTables(families) {
  return families.map(({ family, batchSize, floorMs, rows, failures }) => {
    const cells = rows.map(({ label, ms, toFastestPeer, differences }) => [
      label,
      ms.toFixed(3),
      Math.round((1000 * batchSize) / ms).toLocaleString('en'),
      toFastestPeer === undefined ? '–' : toFastestPeer.toFixed(2),
      floorMs === undefined ? '–' : `${Math.round((100 * floorMs) / ms)} %`,
      differences ? Math.max(...differences).toExponential(0) : '–',
    ]);
    const head = ['', 'median ms', 'images/s', '× fastest peer', 'floor / step', 'losses differ by'];
    const missing = failures.map(
      ({ label, failure }) => `- Not measured: ${label}: ${failure.split('\n').at(-1)}`,
    );
    return [`### ${family}, batch ${batchSize.toLocaleString('en')}`, table(head, cells), missing.join('\n')]
      .filter(Boolean)
      .join('\n\n');
  });
}

function ratesLine({ float32Teraflops, tf32Teraflops, size }) {
  if (float32Teraflops === undefined) return '';
  return `Products of ${size} × ${size} by PyTorch: ${float32Teraflops.toFixed(2)} TFLOP/s in float32, ${tf32Teraflops.toFixed(2)} in TF32.`;
}

function trainingLines(parts) {
  return parts
    .filter(({ trainSeconds }) => trainSeconds !== undefined)
    .map(({ name, trainSeconds, figures }) => {
      const fid = figures.find(({ figure }) => figure === 'fid');
      const measured = fid
        ? `; FID ${fid.mean.toFixed(2)} ± ${fid.standardError.toFixed(2)} of ${fid.sampleCount} samples (real images: ${fid.real.mean.toFixed(2)})`
        : '';
      return `\`${name}\`: ${trainSeconds.toFixed(0)} s${measured}.`;
    });
}

/** Each figure of runs from the same seeds in float32 and in TF32, a seed a number. */
function coarseTable(trainings) {
  if (trainings.length === 0) return '';
  const seedsOf = (family, precision) =>
    trainings.filter((run) => run.family === family && run.precision === precision);
  const meanOf = (run, name) => run?.figures.find(({ figure }) => figure === name)?.mean;
  const rows = [...new Set(trainings.map(({ family }) => family))].flatMap((family) =>
    ['fid', 'elbo'].flatMap((name) => {
      const cells = ['float32', 'tf32'].map((precision) =>
        seedsOf(family, precision)
          .map((run) => meanOf(run, name))
          .filter((mean) => mean !== undefined),
      );
      if (cells.flat().length === 0) return [];
      return [
        [
          `${family}, ${name.toUpperCase()}`,
          ...cells.map((means) => means.map((mean) => mean.toFixed(2)).join(', ')),
        ],
      ];
    }),
  );
  const seeds = [...new Set(trainings.map(({ seed }) => seed))];
  return `The same trainings in float32 and in TF32, seeds ${seeds.join(', ')}:\n\n${table(['', 'float32', 'TF32'], rows)}`;
}

module.exports = { gpuReport, writeSummary };
