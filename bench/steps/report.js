// What the windows say: medians, ratios, and how far the first losses are apart, as rows of a table.

/** @returns the middle of some numbers, the mean of the middle two of an even count */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(at)] : (sorted[at - 1] + sorted[at]) / 2;
}

/** The largest difference of any loss from the reference's in each of the first steps, as a share of the loss. */
function largestDifference(reference, losses) {
  return reference.map((expected, step) =>
    Math.max(
      ...Object.entries(expected).map(([name, value]) => Math.abs((losses[step]?.[name] ?? NaN) / value - 1)),
    ),
  );
}

/** What a contestant's first losses may differ by from ours, as a share, in steps 1, 2, 3: from the second on, Adam has made
 *  whole steps of gradients that are rounding errors. */
const tolerances = [1e-4, 2e-3, 1e-2];

function agrees({ differences }) {
  return differences.every((difference, step) => difference <= tolerances[step]);
}

/** The contestants of one device that ran, with their figures; and who sets the marks. */
function summarise({ results, batchSize }) {
  const ran = results.filter(({ windows }) => windows.length > 0);
  const figures = ran.map((result) => ({ ...result, ms: median(result.windows) }));
  const withMarks = figures.map((result) => {
    const rivals = figures.filter(({ contestant }) => contestant.device === result.contestant.device);
    const fastest = minimum(rivals.filter(({ contestant }) => contestant.kind === 'peer'));
    const eager = rivals.find(({ contestant }) => /^PyTorch, eager/.test(contestant.label));
    return {
      ...result,
      imagesPerSecond: (1000 * batchSize) / result.ms,
      toFastestPeer: fastest && result.ms / fastest.ms,
      toPyTorchEager: eager && result.ms / eager.ms,
    };
  });
  return {
    rows: withMarks.filter(({ contestant }) => contestant.kind !== 'floor'),
    floor: withMarks.find(({ contestant }) => contestant.kind === 'floor'),
    failures: results.filter(({ failure }) => failure),
  };
}

function minimum(results) {
  return results.reduce((best, result) => (best && best.ms <= result.ms ? best : result), undefined);
}

const columns = [
  'median ms',
  'windows, ms',
  'images/s',
  '× fastest peer',
  '× PyTorch eager',
  'floor / step',
  'first step after, s',
  'peak memory, MB',
  'losses differ by',
];

/** One contestant's cells, in the order of `columns`. */
function cells(row, floor) {
  const ratio = (value) => (value === undefined ? '–' : value.toFixed(2));
  return [
    row.ms.toFixed(2),
    `${Math.min(...row.windows).toFixed(2)}–${Math.max(...row.windows).toFixed(2)}`,
    thousands(row.imagesPerSecond),
    ratio(row.toFastestPeer),
    ratio(row.toPyTorchEager),
    floor && floor.contestant.device === row.contestant.device
      ? `${Math.round((100 * floor.ms) / row.ms)} %`
      : '–',
    row.starts[0].toFixed(1),
    thousands(row.peakMemoryMb),
    row.differences ? `${row.differences.map(scientific).join(', ')}${agrees(row) ? '' : ' ✗'}` : '–',
  ];
}

function thousands(value) {
  return Math.round(value).toLocaleString('en');
}

function scientific(value) {
  return value === 0 ? '0' : value.toExponential(0);
}

/** @returns markdown */
function familyTable(family) {
  const { rows, floor } = summarise(family);
  const line = (first, rest) => `| ${[first, ...rest].join(' | ')} |`;
  return [
    line('', columns),
    line(
      '---',
      columns.map(() => '---:'),
    ),
    ...rows.map((row) =>
      line(`${row.contestant.label}${isDisturbed(row) ? ' (disturbed)' : ''}`, cells(row, floor)),
    ),
  ].join('\n');
}

/** Whether other programs disturbed every window that there is. */
function isDisturbed({ windows, disturbed }) {
  return disturbed.length > 0 && windows === disturbed;
}

/** A family's figures for a machine to read. */
function figuresOf(family) {
  const { rows, floor, failures } = summarise(family);
  return {
    family: family.family,
    batchSize: family.batchSize,
    floorMs: floor?.ms,
    rows: rows.map((row) => ({
      label: row.contestant.label,
      kind: row.contestant.kind,
      ms: row.ms,
      windowsMs: row.windows,
      toFastestPeer: row.toFastestPeer,
      versions: row.versions,
      differences: row.differences,
    })),
    failures: failures.map(({ contestant, failure }) => ({
      label: contestant.label,
      failure: failure.slice(-400),
    })),
  };
}

/** What keeps a family's figures off the page: who is installed and failed, and who trains another model. */
function faults({ family, results }) {
  const failed = results.filter(({ failure }) => failure && !failure.startsWith(notInstalled));
  const wrong = results.filter((result) => result.differences && !agrees(result));
  return [
    ...failed.map(({ contestant }) => `${contestant.label} failed (${family}).`),
    ...wrong.map(
      ({ contestant }) =>
        `${contestant.label} does not train the same model (${family}): its first losses differ.`,
    ),
  ];
}

/** What the failure of a peer that is not there begins with. */
const notInstalled = 'not installed';

/** Contestants that took no part, and why. */
function absences({ results }) {
  return results
    .filter(({ failure }) => failure)
    .map(({ contestant, failure }) => `${contestant.label}: ${failure.split('\n').slice(-3).join(' ')}`);
}

function floorLine(family) {
  const { floor } = summarise(family);
  if (!floor) return 'The floor was not measured.';
  const { calls } = floor.losses ?? {};
  return `Floor: ${floor.ms.toFixed(2)} ms for the ${calls} matrix products and convolutions alone.`;
}

function printFamily(family) {
  console.log(
    `\n${family.family}, batch ${family.batchSize}\n\n${familyTable(family)}\n\n${floorLine(family)}`,
  );
  for (const absence of absences(family)) console.log(`Not measured: ${absence}`);
  for (const { contestant, windows } of family.results.filter(isDisturbed)) {
    console.log(`Disturbed by other programs, all ${windows.length} windows: ${contestant.label}`);
  }
  for (const fault of faults(family)) {
    console.error(fault);
    process.exitCode = 1;
  }
}

module.exports = {
  absences,
  familyTable,
  faults,
  figuresOf,
  floorLine,
  isDisturbed,
  largestDifference,
  notInstalled,
  printFamily,
  summarise,
  tolerances,
};
