// `aigc export`: a trained model in a form that others open: a page, and the formats of other tools.
import { dirname, join } from 'node:path';
import { choice, type OptionValues, text } from '../config/option';
import { backendOption, provenanceOption, seedOption, threadsOption } from '../config/shared-options';
import { AigcError, UsageError } from '../errors';
import { targets } from '../export';
import type { Exported, ExportTarget } from '../export/target';
import { makeFolder, writeFileAtomic } from '../files';
import { precisions } from '../page/packed-weights';
import { replaceFiles } from '../replacement';
import { shellWord } from '../words';
import { loadNamedData } from './data-input';
import { modelCommand } from './model-command';
import { checkpointOption, drawStepsOption, familyFileOption, weightsOption } from './model-input';
import { checkEnding } from './out';

const [first, ...others] = targets;

const exportOptions = {
  checkpoint: checkpointOption,
  model: familyFileOption,
  to: choice([first.name, ...others.map(({ name }) => name)], {
    description: targets.map(({ name, summary }) => `${name}: ${summary}`).join('; '),
    default: first.name,
  }),
  weights: weightsOption,
  drawSteps: drawStepsOption,
  precision: choice(['auto', ...precisions], {
    description:
      'of the weights in a page; auto: float16 unless a pixel then differs by more than a grey level',
    default: 'auto',
    onlyWith: { to: ['web'] },
  }),
  out: text({
    placeholder: 'FILE|DIR',
    description: `what to write (default: ${targets.map(({ name, out }) => `${out} for ${name}`).join(', ')})`,
  }),
  seed: { ...seedOption, description: 'of the first images that are shown' },
  provenance: provenanceOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

interface Request extends Omit<OptionValues<typeof exportOptions>, 'out'> {
  readonly target: ExportTarget;
  readonly out: string;
}

export const exportModel = modelCommand({
  name: 'export',
  options: exportOptions,
  example: 'export --to web --out play.html',
  request: (values): Request => {
    const target = targets.find(({ name }) => name === values.to) as ExportTarget;
    const out = values.out ?? target.out;
    checkName(out, target);
    return { ...values, target, out };
  },
  outOf: ({ out }) => out,
  outKind: ({ target }) => (target.folder ? 'folder' : 'file'),
  use: async (saved, { target, out, weights, precision, seed }, output, provenance) => {
    const { content, event, words } = await target.make({
      saved,
      out,
      lastWeights: weights === 'last',
      precision,
      seed,
      provenance,
      loadData: () =>
        loadNamedData(saved.manifest.dataset.name, output, '--data').catch((error: unknown) => {
          if (!(error instanceof AigcError)) throw error;
          output.warn(`${error.message} The page shows no test images.`);
          return undefined;
        }),
      warn: output.warn,
    });
    return {
      event: { to: target.name, ...event, ...(await write(out, content)) },
      lines: (subject) => `Exported ${subject}: ${out}, ${words}`,
    };
  },
});

/** @throws UsageError when a file's name does not end as its kind does, or a folder's does */
function checkName(out: string, { name, folder, endings, out: usual }: ExportTarget): void {
  if (!folder) checkEnding(out, endings);
  const ending = endings.find((one) => out.toLowerCase().endsWith(one));
  if (!folder || ending === undefined) return;
  throw new UsageError(`--out ${out}: --to ${name} writes a folder, which holds several files.`, {
    hint: `Name a folder: --out ${shellWord(out.slice(0, -ending.length) || usual)}`,
  });
}

/** Whole or not at all. @returns for the event: how many bytes, and of a folder which files */
async function write(out: string, content: Exported['content']) {
  if (content instanceof Uint8Array) {
    await makeFolder(dirname(out));
    await writeFileAtomic(out, content);
    return { bytes: content.length };
  }
  await replaceFiles(out, [], async (draft) => {
    for (const [name, bytes] of content) await writeFileAtomic(join(draft, name), bytes);
  });
  const bytes = [...content.values()].reduce((sum, { length }) => sum + length, 0);
  return { files: [...content.keys()], bytes };
}
