// Tasks of 2D convolutions. A line is one row of an image's output; the taps of some lines are gathered side by side, so
// that the inner loop of matrix products does the rest.

import { layout } from './layout';
import { depthBlock, multiplyPacked, packBlocks, packedWidth } from './product-task';
import type { Routines } from './routines';

/** Sizes are of the forward convolution, whichever is computed. Everything is NHWC. */
export const geometry = [
  ...(['batch', 'inHeight', 'inWidth', 'inChannels', 'outHeight', 'outWidth', 'outChannels'] as const),
  ...(['filterHeight', 'filterWidth', 'strideHeight', 'strideWidth'] as const),
  ...(['dilationHeight', 'dilationWidth', 'top', 'left'] as const),
] as const;

export type Geometry = Readonly<Record<(typeof geometry)[number], number>>;

/** Each thread has `scratchBytes` of its own from `scratch` on. `linesAtOnce` are gathered at a time. */
const common = [...geometry, 'linesAtOnce', 'scratch', 'scratchBytes', 'tile'] as const;

/** Task i does the output lines i · linesPerTask and so on. `filter` is packed; `bias` is 0 when there is none. */
export const convolutionJob = layout(...common, 'x', 'filter', 'y', 'bias', 'linesPerTask');
/** Task i writes the sum over its lines to `dfilter` when it is the first, else to part i − 1 of `parts`. */
export const filterGradientJob = layout(...common, 'x', 'dy', 'dfilter', 'parts', 'linesPerTask');
/** Task i does the images i · imagesPerTask and so on. `filter` is packed, transposed. */
export const inputGradientJob = layout(...common, 'dy', 'filter', 'dx', 'imagesPerTask');

/** Bytes of one output pixel's taps, and from one pixel's to the next: never a power of two, which would have all pixels
 *  share a few lines of the cache. */
const tapBytes = (g: Geometry) => 4 * g.filterHeight * g.filterWidth * g.inChannels;
const tapStride = (g: Geometry) => tapBytes(g) + (tapBytes(g) % 256 === 0 ? 16 : 0);

/** Of an image with its padding and whatever else taps reach. */
function paddedSize(g: Geometry): { readonly height: number; readonly width: number } {
  const reach = (count: number, stride: number, filter: number, dilation: number) =>
    (count - 1) * stride + (filter - 1) * dilation + 1;
  return {
    height: Math.max(
      g.top + g.inHeight,
      reach(g.outHeight, g.strideHeight, g.filterHeight, g.dilationHeight),
    ),
    width: Math.max(g.left + g.inWidth, reach(g.outWidth, g.strideWidth, g.filterWidth, g.dilationWidth)),
  };
}

function paddedBytes(g: Geometry): number {
  const { height, width } = paddedSize(g);
  return 4 * height * width * g.inChannels;
}

/** Some 100 pixels of output: enough for the tiles, and their taps still fit the second cache. */
export function linesAtOnce(g: Geometry): number {
  const most = Math.max(1, Math.floor(2 ** 19 / tapStride(g)));
  return Math.max(1, Math.floor(Math.min(112, most) / g.outWidth));
}

/** What each thread needs: a padded image, the taps of some lines, and dy of these, packed. */
export function scratchBytesFor(g: Geometry): number {
  const pixels = linesAtOnce(g) * g.outWidth;
  const bytes = paddedBytes(g) + pixels * tapStride(g) + 4 * pixels * packedWidth(g.outChannels);
  return 64 * Math.ceil(bytes / 64 + 1);
}

/** Where padded images, taps and packed dy of a thread lie. */
function divide(g: Geometry, start: number) {
  const taps = start + paddedBytes(g);
  return { image: start, taps, packed: taps + linesAtOnce(g) * g.outWidth * tapStride(g) };
}

export function convolutionTask(routines: Routines, numbers: Float64Array, task: number, slot: number): void {
  const job = convolutionJob.decode(numbers);
  const { outWidth, outChannels, bias } = job;
  const room = divide(job, job.scratch + slot * job.scratchBytes);
  const depth = tapBytes(job) / 4;
  const gather = gatherer(routines, job, job.x, room);
  eachStrip(job, task, (line, count) => {
    gather(line, count);
    const rows = count * outWidth;
    const c = job.y + 4 * line * outWidth * outChannels;
    const bytes = 4 * outChannels;
    if (bias !== 0) routines.copyBlocks(c, bias, bytes, 1, 0, 0, 1, 0, 0, rows, bytes, 0);
    const product = {
      rows,
      columns: outChannels,
      c,
      cRow: bytes,
      aRow: tapStride(job),
      aStep: 4,
      tile: job.tile,
    };
    multiplyAll(routines, product, room.taps, job.filter, depth, bias !== 0);
  });
}

/** A whole product with a packed B, block after block of its rows. */
function multiplyAll(
  routines: Routines,
  product: Readonly<Record<'rows' | 'columns' | 'c' | 'cRow' | 'aRow' | 'aStep' | 'tile', number>>,
  a: number,
  packed: number,
  depth: number,
  adds: boolean,
): void {
  for (let top = 0; top < depth; top += depthBlock) {
    const block = {
      a: a + top * product.aStep,
      b: packed + 4 * top * packedWidth(product.columns),
      depth: Math.min(depthBlock, depth - top),
      adds: adds || top > 0,
    };
    multiplyPacked(routines, { ...product, ...block });
  }
}

export function filterGradientTask(
  routines: Routines,
  numbers: Float64Array,
  task: number,
  slot: number,
): void {
  const job = filterGradientJob.decode(numbers);
  const { outWidth, outChannels, tile } = job;
  const room = divide(job, job.scratch + slot * job.scratchBytes);
  const rows = tapBytes(job) / 4;
  const c = task === 0 ? job.dfilter : job.parts + 4 * (task - 1) * rows * outChannels;
  const gather = gatherer(routines, job, job.x, room);
  let adds = false;
  eachStrip(job, task, (line, count) => {
    gather(line, count);
    const depth = count * outWidth;
    const dy = job.dy + 4 * line * outWidth * outChannels;
    packBlocks(
      routines,
      { b: dy, bRow: 4 * outChannels, bStep: 4, to: room.packed, tile },
      depth,
      outChannels,
    );
    // The taps of one pixel are a column here: the product's rows are taps.
    const product = {
      rows,
      columns: outChannels,
      c,
      cRow: 4 * outChannels,
      aRow: 4,
      aStep: tapStride(job),
      tile,
    };
    multiplyAll(routines, product, room.taps, room.packed, depth, adds);
    adds = true;
  });
}

export function inputGradientTask(
  routines: Routines,
  numbers: Float64Array,
  task: number,
  slot: number,
): void {
  const job = inputGradientJob.decode(numbers);
  const { outHeight, outWidth, outChannels, inHeight, inWidth, inChannels, tile } = job;
  const room = divide(job, job.scratch + slot * job.scratchBytes);
  const columns = tapBytes(job) / 4;
  const paddedRow = 4 * paddedSize(job).width * inChannels;
  const first = task * job.imagesPerTask;
  for (let n = first; n < Math.min(job.batch, first + job.imagesPerTask); n++) {
    routines.zero(room.image, paddedBytes(job));
    for (let line = 0; line < outHeight; line += job.linesAtOnce) {
      const count = Math.min(job.linesAtOnce, outHeight - line);
      const shape = { rows: count * outWidth, columns, c: room.taps, cRow: tapStride(job) };
      const dy = job.dy + 4 * (n * outHeight + line) * outWidth * outChannels;
      const product = { ...shape, aRow: 4 * outChannels, aStep: 4, tile };
      multiplyAll(routines, product, dy, job.filter, outChannels, false);
      for (let i = 0; i < count; i++) {
        const image = room.image + (line + i) * job.strideHeight * paddedRow;
        moveTaps(routines.addBlocks, job, image, room.taps + i * outWidth * tapStride(job), 'to image');
      }
    }
    const inner = room.image + job.top * paddedRow + 4 * job.left * inChannels;
    const row = 4 * inWidth * inChannels;
    const dx = job.dx + n * inHeight * row;
    routines.copyBlocks(dx, inner, row, 1, 0, 0, 1, 0, 0, inHeight, row, paddedRow);
  }
}

/** Calls `work` for the task's lines, some at a time. */
function eachStrip(
  job: Geometry & { readonly linesPerTask: number; readonly linesAtOnce: number },
  task: number,
  work: (line: number, count: number) => void,
): void {
  const first = task * job.linesPerTask;
  const end = Math.min(first + job.linesPerTask, job.batch * job.outHeight);
  for (let line = first; line < end; line += job.linesAtOnce) {
    work(line, Math.min(job.linesAtOnce, end - line));
  }
}

/** A function that gathers the taps of lines, image after image; each image is padded when its first line comes. */
function gatherer(
  routines: Routines,
  g: Geometry,
  x: number,
  room: { readonly image: number; readonly taps: number },
): (line: number, count: number) => void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, top, left } = g;
  const size = paddedSize(g);
  const row = 4 * inWidth * inChannels;
  const paddedRow = 4 * size.width * inChannels;
  const isPadded = size.height === inHeight && size.width === inWidth;
  let present = -1;
  let image = room.image;
  if (!isPadded) routines.zero(image, paddedBytes(g));
  const bring = (n: number) => {
    present = n;
    const from = x + n * inHeight * row;
    if (isPadded) image = from;
    else {
      const inner = image + top * paddedRow + 4 * left * inChannels;
      routines.copyBlocks(inner, from, row, 1, 0, 0, 1, 0, 0, inHeight, paddedRow, row);
    }
  };
  return (line, count) => {
    for (let i = 0; i < count; i++) {
      const n = Math.floor((line + i) / outHeight);
      if (n !== present) bring(n);
      const start = image + ((line + i) % outHeight) * g.strideHeight * paddedRow;
      moveTaps(routines.copyBlocks, g, start, room.taps + i * outWidth * tapStride(g), 'from image');
    }
  };
}

/** Moves the taps of one line between the image, from the line's first row on, and where they lie side by side. */
function moveTaps(
  move: Routines['copyBlocks'],
  g: Geometry,
  image: number,
  taps: number,
  direction: 'to image' | 'from image',
): void {
  const pixel = 4 * g.inChannels;
  const row = g.filterWidth * pixel;
  // Without dilation the taps of a row are neighbours in the image too.
  const [runs, run] = g.dilationWidth === 1 ? [1, row] : [g.filterWidth, pixel];
  const inImage = [
    g.strideWidth * pixel,
    4 * g.dilationHeight * paddedSize(g).width * g.inChannels,
    g.dilationWidth * pixel,
  ] as const;
  const inTaps = [tapStride(g), row, run] as const;
  const [to, from] = direction === 'to image' ? [inImage, inTaps] : [inTaps, inImage];
  const [target, source] = direction === 'to image' ? [image, taps] : [taps, image];
  const outer = [g.outWidth, to[0], from[0]] as const;
  const middle = [g.filterHeight, to[1], from[1]] as const;
  move(target, source, run, ...outer, ...middle, runs, to[2], from[2]);
}
