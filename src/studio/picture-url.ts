// Where the page finds a grid of samples.
import { addresses, type Grid } from './api';

export const gridName = /^epoch-(\d{1,9})\.png$/;
const thumbnailWidth = 240;

/** @param changedMs makes the address another one when the picture is */
export function gridOf(run: string, file: string, changedMs: number): Grid | undefined {
  const epoch = gridName.exec(file)?.[1];
  if (epoch === undefined) return undefined;
  const query = new URLSearchParams({ run, file, v: String(Math.round(changedMs)) });
  const url = `${addresses.grid}?${query}`;
  return { epoch: Number(epoch), file, url, thumbnail: `${url}&width=${thumbnailWidth}` };
}
