// docs/optimizers.md, from what bench/optimizers.js measured.
const { meanOf } = require('../../dist/metrics/metric');

/** Student's t at 97.5 %, by degrees of freedom. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Mean, and half the width of its 95 % interval by Student's t. @param {readonly number[]} values */
function interval(values) {
  const n = values.length;
  const { mean, standardError } = meanOf(values);
  return { mean, half: n > 1 ? (quantiles[n - 2] ?? 1.96) * standardError : undefined };
}

/**
 * The FID of an optimizer, and how many times Adam's it is from the same seeds: by logarithms, since failures are some ten
 * times as far away.
 * @param {Readonly<Record<string, readonly number[]>>} found @param {string} name
 */
function summary(found, name) {
  const own = found[name] ?? [];
  const logarithms = own.map((value, i) => Math.log(value / (found.adam?.[i] ?? Number.NaN)));
  return { fidMean: interval(own), ...(name !== 'adam' && { logOfTimes: interval(logarithms) }) };
}

/** @param {{ mean: number, half?: number | undefined } | undefined} found */
function cell(found) {
  if (!found) return '';
  return found.half === undefined
    ? found.mean.toFixed(2)
    : `${found.mean.toFixed(2)} ± ${found.half.toFixed(2)}`;
}

/** "15.1 (5.0 to 45)" @param {{ mean: number, half?: number | undefined } | undefined} found */
function timesCell(found) {
  if (!found) return '';
  const times = (/** @type {number} */ log) => Math.exp(log).toPrecision(2);
  const { mean, half } = found;
  return half === undefined ? times(mean) : `${times(mean)} (${times(mean - half)} to ${times(mean + half)})`;
}

const head = `# Optimizers of a GAN

Made by \`npm run optimizers -- --write\` (bench/optimizers.js) from [optimizers.json](optimizers.json). A GAN with Adam, with
[Muon](https://kellerjordan.github.io/posts/muon/), and with schedule-free Adam ([Defazio et al. 2024](https://arxiv.org/abs/2405.15682)),
for as many steps, from the same seeds. ± is half of the 95 % interval by Student's t over the seeds; beside it stands the
geometric mean of the ratios to Adam seed by seed, with its interval. images/s are the median of the runs, as the machine let
them: by the minute an optimizer is worth what its steps are times how many there are.

Each has the learning rates, as so many times the family's, and the β₁ that gave the lowest FID from a seed that is none of
these. The family's learning rates were found for Adam; Muon's updates are scaled to be as large as those of an Adam with a β₁ of 0.9, and
its momentum is the family's β₁, or 0.9; schedule-free Adam has its own β₁ of 0.9, or 0.5. \`--optimizer muon\` has ten times the family's
rates by itself; where a recipe or a flag has some, which were found for Adam, \`--learning-rate\` has to say Muon's.
`;

/** "0.1, β₁ 0.9" @param {{ factor: number, beta1?: number }} setting */
function settingWords({ factor, beta1 }) {
  return beta1 === undefined ? String(factor) : `${factor}, β₁ ${beta1}`;
}

/** @param {{ factor: number, beta1?: number, fid: number }} one */
function triedWords({ fid, ...setting }) {
  return `${settingWords(setting)}: ${fid.toFixed(1)}`;
}

/** @param {readonly any[]} studies */
function optimizersPage(studies) {
  const parts = studies.map(({ family, words, sampleCount, seeds, note, optimizers }) => [
    `## ${family}`,
    '',
    `\`aigc train --model ${family} --optimizer NAME ${words}\`, ${seeds} seeds, FID of ${sampleCount} samples${note ? `; ${note}` : ''}:`,
    '',
    '| optimizer | learning rates | tried: FID | FID of each seed | FID | times that of Adam | images/s |',
    '|---|---|---|---|---:|---:|---:|',
    ...optimizers.map(
      (/** @type {any} */ { name, best, tried, fid, fidMean, logOfTimes, imagesPerSecond }) =>
        `| \`${name}\` | ${settingWords(best)} | ${tried.map(triedWords).join('; ')} | ${fid.map((/** @type {number} */ value) => value.toFixed(2)).join(', ')} | ${cell(fidMean)} | ${timesCell(logOfTimes)} | ${imagesPerSecond} |`,
    ),
    '',
    verdict(optimizers),
    '',
  ]);
  return [head, ...parts.flat()].join('\n');
}

/** @param {readonly any[]} optimizers */
function verdict(optimizers) {
  const sentences = optimizers
    .filter(({ logOfTimes }) => logOfTimes)
    .map(({ name, logOfTimes: { mean, half } }) => {
      if (half === undefined || Math.abs(mean) <= half)
        return `\`${name}\` is not told from Adam by the step.`;
      return `\`${name}\` is ${mean > 0 ? 'worse' : 'better'} than Adam by the step.`;
    });
  return sentences.join(' ');
}

module.exports = { optimizersPage, summary };
