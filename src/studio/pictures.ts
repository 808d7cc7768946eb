// The grids of samples that the page shows, whole or small.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors';
import { thumbnailWebp } from '../images/picture';
import { PictureError } from '../images/picture-error';
import { readWhole } from '../read-file';
import { HttpError } from './failure';
import { isWithin, lookAt, markOf } from './look';
import { gridName } from './picture-url';
import type { RunWatch } from './run-watch';

interface PictureBytes {
  readonly type: 'image/png' | 'image/webp';
  readonly bytes: Buffer;
}

const mostBytes = 2 ** 26;
const mostKept = 400;
export const widths = { least: 16, most: 1024 };

/** @param root the served folder */
export function createPictures(root: string) {
  const small = new Map<string, Promise<Buffer>>();
  const whole = realpathSync(root);

  const pathOf = ({ folder }: RunWatch, file: string) => {
    if (!gridName.test(file)) throw new HttpError(400, 'A grid is named such as epoch-0001.png.');
    const path = join(folder.samples, file);
    const found = lookAt(path);
    if (!found?.isFile() || !isWithin(whole, realpathSync(path)))
      throw new HttpError(404, 'There is no such grid.');
    return { path, mark: `${path} ${markOf(found)}` };
  };

  const thumbnail = (path: string, mark: string, width: number): Promise<Buffer> => {
    const key = `${mark} ${width}`;
    const made = small.get(key) ?? thumbnailWebp(path, width);
    small.delete(key);
    small.set(key, made);
    made.catch(() => small.delete(key));
    for (const old of small.keys()) {
      if (small.size <= mostKept) break;
      small.delete(old);
    }
    return made;
  };

  /** @throws HttpError 400, 404 when it is none of the run's grids, or no picture */
  return async (run: RunWatch, file: string, width: number | undefined): Promise<PictureBytes> => {
    const { path, mark } = pathOf(run, file);
    try {
      if (width !== undefined) return { type: 'image/webp', bytes: await thumbnail(path, mark, width) };
      return { type: 'image/png', bytes: await readWhole(path, mostBytes) };
    } catch (error) {
      if (!(error instanceof PictureError) && !(error instanceof DataError)) throw error;
      throw new HttpError(404, 'That grid cannot be read.');
    }
  };
}
