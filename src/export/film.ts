// `--to film`: the training as an animation, the same latents over the epochs.
import { DataError } from '../errors';
import { encodeFilm, filmEndings } from '../images/film';
import type { Raster } from '../images/grid';
import { readPicture } from '../images/picture';
import { maxPixels } from '../images/png';
import { runOfCheckpoint } from '../run/run-folder';
import { counted, fileSize } from '../words';
import { type EpochGrid, epochGrids, spread } from './epoch-grids';
import type { ExportJob, ExportTarget } from './target';

/** All epochs together, but for the last, milliseconds: a film of any length takes as long. */
const runningMs = 6000;
const [shortestMs, longestMs] = [40, 500];
const endMs = 2000;
const mostFrames = 300;

export const film: ExportTarget = {
  name: 'film',
  summary: 'the training as an animation, GIF or WebP',
  out: 'film.gif',
  endings: filmEndings,
  make: async (job) => {
    const grids = await gridsOf(job);
    const frames = await readFrames(grids, job);
    const each = Math.round(runningMs / Math.max(1, frames.length - 1) / 10) * 10;
    const delays = frames.map((_, i) =>
      i === frames.length - 1 ? endMs : Math.min(longestMs, Math.max(shortestMs, each)),
    );
    const bytes = await encodeFilm(job.out, frames, delays, job.provenance);
    const [first, last] = [grids[0], grids.at(-1)] as [EpochGrid, EpochGrid];
    const seconds = delays.reduce((sum, delay) => sum + delay, 0) / 1000;
    return {
      content: bytes,
      event: { frames: frames.length, seconds },
      words: `epochs ${first.epoch} to ${last.epoch} in ${counted(frames.length, 'frame')}, ${seconds.toFixed(1)} s, ${fileSize(bytes.length)}`,
    };
  },
};

/** @throws DataError when the checkpoint lies in no run, or the run has no grids */
async function gridsOf({ saved }: ExportJob): Promise<EpochGrid[]> {
  const folder = await runOfCheckpoint(saved.folder);
  const grids = folder ? await epochGrids(folder) : [];
  if (grids.length > 0) return grids;
  throw new DataError(`There are no grids of samples beside ${saved.folder}: a film is made of them.`, {
    hint: 'Name the folder of a run that has ended an epoch: `aigc train` draws one after each.',
  });
}

/** Of grids of the last one's size; a run that went on with another --grid has others before. */
async function readFrames(grids: readonly EpochGrid[], { warn }: ExportJob): Promise<Raster[]> {
  const last = await readPicture((grids.at(-1) as EpochGrid).path);
  const most = Math.max(1, Math.min(mostFrames, Math.floor(maxPixels / (last.height * last.width))));
  const frames: Raster[] = [];
  for (const { path } of spread(grids, most).slice(0, -1)) {
    const frame = await readPicture(path);
    if (frame.height === last.height && frame.width === last.width) frames.push(frame);
    else warn(`${path} is of another size than the last grid: left out.`);
  }
  return [...frames, last];
}
