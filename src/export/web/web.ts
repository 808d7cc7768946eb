// `--to web`: one page that runs the model, weights and all, from disk.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { lastName } from '../../config/command-line';
import { presentClasses } from '../../dataset/classes';
import { UsageError } from '../../errors';
import { withProvenance } from '../../images/xmp-carriers';
import { familyNames } from '../../models';
import type { PageData, PageModel, Space } from '../../page/page-data';
import { canEncode } from '../../use/encode';
import { fileSize } from '../../words';
import { packForDrawing } from '../drawing-weights';
import type { ExportJob, ExportTarget } from '../target';
import { directionsOfDraws, directionsOfLatents } from './directions';
import { composePage } from './html';
import { landmarksOf, latentsOfTraining } from './landmarks';
import { readStory } from './story';

export const web: ExportTarget = {
  name: 'web',
  summary: 'one self-contained page that plays the model in a browser',
  out: 'play.html',
  endings: ['.html', '.htm'],
  make: async (job) => {
    const { saved, lastWeights, seed } = job;
    checkFamily(job);
    const packed = await packForDrawing(saved, job.precision, { lastWeights, seed });
    const weights = deflateRawSync(packed.bytes, { level: 9 }).toString('base64');
    const { precision, largestDifference } = packed;
    const { space, landmarks } = await spaceOf(job);
    const story = await readStory(
      saved,
      { name: precision, bytes: packed.bytes.length, largestDifference },
      job.warn,
    );
    const { provenance } = job;
    const data: PageData = { title: titleOf(job), model: modelOf(job), space, landmarks, story, provenance };
    const [program, style] = [part('play.js'), part('style.css')];
    const html = composePage({ data, entries: packed.entries, weights, program, style });
    const bytes = withProvenance(Buffer.from(html), provenance);
    return {
      content: bytes,
      event: { precision, largestDifference },
      words: `${fileSize(bytes.length)}, weights as ${precision} (pixels differ by at most ${largestDifference.toFixed(2)} of 255)`,
    };
  },
};

/** @throws UsageError for a family of a file of the user's, whose code is not in the page */
function checkFamily({ saved: { family } }: ExportJob): void {
  if (familyNames.includes(family.name)) return;
  throw new UsageError(`--to web: a page holds the code of aigc's own families, not of ${family.name}.`, {
    hint: `There is: ${familyNames.join(', ')}.`,
  });
}

/** What `npm run build` made of src/page; tests run this file from src, and the page from what was built. */
function part(name: string): string {
  const beside = join(__dirname, '../../page', name);
  return readFileSync(
    existsSync(beside) ? beside : join(__dirname, '../../../dist/page', name),
    'utf8',
  ).trimEnd();
}

function titleOf({ saved }: ExportJob): string {
  const { family, manifest } = saved;
  return `${family.name} · ${lastName(manifest.dataset.name)}`;
}

function modelOf({ saved, lastWeights, seed }: ExportJob): PageModel {
  const { family, model, manifest, classes, options } = saved;
  return {
    family: family.name,
    summary: family.summary,
    step: manifest.step,
    image: manifest.setting.image,
    pixelMean: manifest.setting.pixelMean,
    pixelRange: family.pixelRange,
    seed,
    options,
    conditional: family.conditional === true,
    encodes: canEncode(model),
    latentDim: model.latent.dimension,
    classCount: manifest.setting.classCount,
    classNames: classes.names ?? [],
    classes: presentClasses(classes),
    lastWeights,
  };
}

/** Of a model with an encoder from its data, if that is there. */
async function spaceOf(
  job: ExportJob,
): Promise<{ readonly space: Space; readonly landmarks: PageData['landmarks'] }> {
  const { saved } = job;
  const data = canEncode(saved.model) ? await job.loadData() : undefined;
  const latents = data && (await latentsOfTraining(saved, data));
  return {
    space: latents ? await directionsOfLatents(job, latents) : await directionsOfDraws(job),
    landmarks: data && (await landmarksOf(saved, data)),
  };
}
