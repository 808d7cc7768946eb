// `aigc data inspect`: shape, counts per label and pixel histogram as text, and a contact sheet as a picture.
import { basename, dirname, resolve } from 'node:path';
import { commandLine, lastName } from '../../config/command-line';
import type { AnySet, DataSet } from '../../dataset/image-set';
import { oddityWarning } from '../../dataset/oddity';
import { readIdxLabels } from '../../dataset/readers/idx';
import { countLabels, pixelHistogram } from '../../dataset/summary';
import { makeFolder } from '../../files';
import { contactSheet } from '../../images/contact-sheet';
import { writePng } from '../../images/png';
import { isDigitalSource, type Provenance } from '../../images/provenance';
import type { FoundProvenance } from '../../images/xmp-reader';
import type { Output } from '../../output';
import { settleFolder } from '../../replacement';
import { version } from '../../version';
import { grouped, imageKind } from '../../words';
import { loadNamedData } from '../data-input';
import { checkOut } from '../out';
import { inspectFile, isAlone, provenanceEvent, provenanceLines } from './inspect-file';

const barWidth = 30;

/** @param sheet where the contact sheet goes; by default beside us, named after the set */
export async function inspectData(path: string, sheet: string | undefined, output: Output): Promise<void> {
  if (/idx1[^/\\]*$/i.test(path)) return inspectLabels(path, output);
  if (isAlone(path)) {
    if (sheet !== undefined) output.warn('--out has no effect: there is no contact sheet of one file.');
    return inspectFile(path, output);
  }
  if (sheet !== undefined) await checkOut(sheet);
  const set = await loadNamedData(path, output);
  const classes = set.classNames;
  const out = sheet ?? `${basename(resolve(set.name)).replace(/\.gz$/i, '')}-sheet.png`;
  await makeFolder(dirname(out));
  const { train, test } = set.provenance ?? {};
  await writePng(out, contactSheet(set.train), train && provenanceOfSheet(train, path));
  const warning = oddityWarning(set.name, set.train);
  if (warning) output.warn(warning);
  const event = { ...describe(set, out), ...(classes && { classes }), ...provenanceEvent(train ?? test) };
  const said = train ? ['', 'How the images were made:', ...provenanceLines(train)] : [];
  if (test && provenanceText(test) !== provenanceText(train))
    said.push('', 'How the test images were made:', ...provenanceLines(test));
  output.result(event, [...toText(set, out, classes), ...said]);
}

const provenanceText = (found: FoundProvenance | undefined) => JSON.stringify(found);

/** A sheet shows what the set holds. */
function provenanceOfSheet({ source }: FoundProvenance, set: string): Provenance | undefined {
  if (!isDigitalSource(source)) return undefined;
  return { source, version, command: commandLine(['aigc', 'data', 'inspect', lastName(set)], {}, {}) };
}

async function inspectLabels(path: string, output: Output): Promise<void> {
  await settleFolder(dirname(path));
  const labels = await readIdxLabels(path);
  const labelCounts = countLabels(labels);
  const lines = [`${path}: ${grouped(labels.length)} labels`, ...labelLines(labelCounts)];
  output.result({ event: 'inspection', name: path, count: labels.length, labelCounts }, lines);
}

function describe(set: DataSet, sheet: string) {
  const { name, fingerprint, train, test } = set;
  return {
    event: 'inspection',
    name,
    fingerprint,
    train: figures(train),
    ...(test && { test: figures(test) }),
    sheet,
  };
}

function figures(set: AnySet) {
  const { count, height, width, channels, labels } = set;
  const labelCounts = labels && countLabels(labels);
  return {
    count,
    height,
    width,
    channels,
    ...(labelCounts && { labelCounts }),
    pixelHistogram: pixelHistogram(set),
  };
}

function toText(set: DataSet, sheet: string, classes: readonly string[] | undefined): string[] {
  return [
    `${set.name}: ${imageKind(set.train)}, fingerprint ${set.fingerprint.slice(0, 12)}`,
    ...splitLines('Training', set.train, classes),
    ...(set.test ? splitLines('Test', set.test, classes) : []),
    '',
    `Contact sheet: ${sheet}`,
  ];
}

function splitLines(title: string, set: AnySet, classes: readonly string[] | undefined): string[] {
  const labels = set.labels ? labelLines(countLabels(set.labels), classes) : ['  no labels'];
  const shares = pixelHistogram(set);
  const most = Math.max(...shares);
  const pixels = shares.map((share, bin) => {
    const range = `${bin * 16}–${bin * 16 + 15}`.padStart(8);
    return `  ${range} ${`${(100 * share).toFixed(1)}%`.padStart(8)} ${bar(share / most)}`;
  });
  return ['', `${title}: ${grouped(set.count)} images`, ...labels, '  pixel values', ...pixels];
}

/** @param classes their names by label, if they have any */
function labelLines(counts: readonly number[], classes: readonly string[] = []): string[] {
  const most = Math.max(...counts);
  const titles = counts.map((_, label) => [`label ${label}`, classes[label]].filter(Boolean).join(' '));
  const width = Math.max(8, ...titles.map((title) => title.length));
  return counts.map(
    (count, label) =>
      `  ${(titles[label] as string).padStart(width)} ${grouped(count).padStart(8)} ${bar(count / most)}`,
  );
}

/** What is there but too little for a block still shows. */
function bar(share: number): string {
  const blocks = Math.round(share * barWidth);
  return blocks === 0 && share > 0 ? '▏' : '█'.repeat(blocks);
}
