// The prior over a VQ-VAE's codes: an autoregressive convolutional network, which also draws.
import * as tf from '@tensorflow/tfjs-core';
import { glorotUniform, type Parameters, zeros } from '../parameters';
import { stopGradient } from '../stop-gradient';
import { oneHot } from './one-hot';
import { codeAt } from './quantile';

interface PriorShape {
  /** Of the grid of codes. */
  readonly height: number;
  readonly width: number;
  readonly codes: number;
  readonly channels: number;
  readonly layers: number;
}

export interface CodePrior {
  /** log p(code | the codes before it, row by row) up to a constant. @param chosen one-hot, [batch · height · width, K]
   *  @returns [batch · height · width, K]; a position's logits depend on none of the codes from it on */
  logits(chosen: tf.Tensor2D): tf.Tensor2D;
  /** Draws grids, position by position. @param uniforms [batch, height · width] in [0, 1]
   *  @returns one-hot, [batch · height · width, K] */
  draw(uniforms: tf.Tensor2D): tf.Tensor2D;
}

type Window = (padded: tf.Tensor4D) => tf.Tensor4D;
type Shape = readonly [height: number, width: number, inputs: number, outputs: number];

/** What the filters see: the vertical ones rows of cells, so many to each side; the horizontal ones cells of a row. */
const rows = 2;
const cells = 3;
const inputReach = 3;
const reach = 1;
const inputSides = { left: inputReach, right: inputReach };
const sides = { left: reach, right: reach };

/**
 * The gated PixelCNN of van den Oord et al. 2016, arxiv.org/abs/1606.05328, sections 2.1 and 2.2: a vertical stack that
 * sees the rows above, and a horizontal one that also sees the cells to the left, so that no cell is in a blind spot.
 * Where the paper masks filters, we shift what they read, as the program of Salimans et al. 2017, arxiv.org/abs/1701.05517:
 * the same, without weights that are masked. Also ours: residual connections in both stacks, and a bias for each
 * position, for the digits are centred.
 *
 * Only one of the terms of a sum has a bias: TensorFlow, when it has a graph, adds up three terms in another order, and the
 * compiled step would not have the bits of the eager one.
 *
 * Each filter reads a padded window and pads nothing itself. So a whole grid and the few cells that a draw needs next
 * run through the same functions, and a draw costs as much arithmetic as one pass over the grid.
 */
export function createCodePrior(parameters: Parameters, name: string, shape: PriorShape): CodePrior {
  const { height, width, codes, channels, layers } = shape;
  const table = parameters.add<tf.Rank.R2>(`${name}.embedding`, [codes, channels], {
    kind: 'normal',
    deviation: 1,
  });
  const place = (stack: string) =>
    parameters.add<tf.Rank.R4>(`${name}.${stack}.place`, [1, height, width, channels], zeros);
  const convolution = (layer: string, ...shape: Shape) => windowed(parameters, `${name}.${layer}`, shape);
  const biased = (layer: string, ...shape: Shape) => withBias(parameters, `${name}.${layer}`, shape);
  const net = {
    vertical: convolution('vertical.input', rows, 2 * inputReach + 1, channels, channels),
    verticalPlace: place('vertical'),
    horizontal: convolution('horizontal.input', 1, cells, channels, channels),
    horizontalPlace: place('horizontal'),
    layers: Array.from({ length: layers }, (_, i) => ({
      vertical: biased(`layer${i + 1}.vertical`, rows, 2 * reach + 1, channels, 2 * channels),
      link: convolution(`layer${i + 1}.link`, 1, 1, 2 * channels, 2 * channels),
      horizontal: convolution(`layer${i + 1}.horizontal`, 1, cells, channels, 2 * channels),
      output: convolution(`layer${i + 1}.output`, 1, 1, channels, channels),
    })),
    hidden: biased('hidden', 1, 1, channels, 2 * channels),
    logits: biased('logits', 1, 1, 2 * channels, codes),
  };
  const embed = (chosen: tf.Tensor2D, h: number, w: number) =>
    tf.reshape(tf.matMul(chosen, table), [-1, h, w, channels]) as tf.Tensor4D;
  const read = (h: tf.Tensor4D) =>
    tf.reshape(net.logits(tf.relu(net.hidden(tf.relu(h)))), [-1, codes]) as tf.Tensor2D;

  function logits(chosen: tf.Tensor2D): tf.Tensor2D {
    const embedded = embed(chosen, height, width);
    const above = trimmed(pad(embedded, { top: rows, ...inputSides }), 1);
    const before = trimmed(pad(embedded, { left: cells }), 2);
    let v = tf.add(net.vertical(above), net.verticalPlace) as tf.Tensor4D; // [batch, height, width, channels]
    let h = tf.add(net.horizontal(before), net.horizontalPlace) as tf.Tensor4D;
    for (const layer of net.layers) {
      const seen = layer.vertical(pad(v, { top: rows - 1, ...sides }));
      const both = tf.add(layer.horizontal(pad(h, { left: cells - 1 })), layer.link(seen)) as tf.Tensor4D;
      v = tf.add(v, gate(seen));
      h = tf.add(h, layer.output(gate(both)));
    }
    return read(h);
  }

  /** The vertical stack at one row, and what it adds to each horizontal layer: [batch, 1, width, 2 · channels].
   *  @param above embedded rows, the last `rows` of them
   *  @param seen  what each layer read of the rows so far; the new row is added */
  function nextRow(above: tf.Tensor4D, seen: tf.Tensor4D[][], row: number): tf.Tensor4D[] {
    const here = tf.slice(net.verticalPlace, [0, row, 0, 0], [1, 1, width, channels]);
    let v = tf.add(net.vertical(pad(above, inputSides)), here) as tf.Tensor4D;
    return net.layers.map((layer, i) => {
      const history = seen[i] as tf.Tensor4D[];
      history.push(v);
      const read = layer.vertical(pad(latest(history, rows, 1), sides));
      v = tf.add(v, gate(read));
      return layer.link(read);
    });
  }

  /** The logits of the next cell of a row, [batch, K]. Arguments as in `nextRow`, along the row. */
  function nextCell(
    before: tf.Tensor4D,
    seen: tf.Tensor4D[][],
    links: tf.Tensor4D[],
    row: number,
    column: number,
  ): tf.Tensor2D {
    const here = tf.slice(net.horizontalPlace, [0, row, column, 0], [1, 1, 1, channels]);
    let h = tf.add(net.horizontal(before), here) as tf.Tensor4D;
    for (const [i, layer] of net.layers.entries()) {
      const history = seen[i] as tf.Tensor4D[];
      history.push(h);
      const link = tf.slice(links[i] as tf.Tensor4D, [0, 0, column, 0], [-1, 1, 1, 2 * channels]);
      const both = tf.add(layer.horizontal(latest(history, cells, 2)), link) as tf.Tensor4D;
      h = tf.add(h, layer.output(gate(both)));
    }
    return read(h);
  }

  function draw(uniforms: tf.Tensor2D): tf.Tensor2D {
    const [batch] = uniforms.shape;
    const blank = (count: number, w: number) =>
      Array.from({ length: count }, () => tf.zeros<tf.Rank.R4>([batch, 1, w, channels]));
    const histories = (count: number, w: number) => net.layers.map(() => blank(count, w));
    const drawn: tf.Tensor2D[] = [];
    const embeddedRows = blank(rows, width);
    const seenRows = histories(rows - 1, width);
    for (let row = 0; row < height; row++) {
      const links = nextRow(latest(embeddedRows, rows, 1), seenRows, row);
      const embeddedCells = blank(cells, 1);
      const seenCells = histories(cells - 1, 1);
      for (let column = 0; column < width; column++) {
        const scores = nextCell(latest(embeddedCells, cells, 2), seenCells, links, row, column);
        const u = tf.slice(uniforms, [0, row * width + column], [batch, 1]);
        const chosen = oneHot(codeAt(tf.softmax(scores), u), codes);
        drawn.push(chosen);
        embeddedCells.push(embed(chosen, 1, 1));
      }
      embeddedRows.push(latest(embeddedCells, width, 2));
    }
    return tf.reshape(tf.stack(drawn, 1), [batch * height * width, codes]) as tf.Tensor2D;
  }

  return { logits, draw: (uniforms) => tf.tidy(() => draw(uniforms)) };
}

/**
 * −log p(codes) of each position, in nats.
 * @param logits [N, K]
 * @param chosen one-hot, [N, K]
 * @returns [N]
 */
export function codeCrossEntropy(logits: tf.Tensor2D, chosen: tf.Tensor2D): tf.Tensor1D {
  const shifted = tf.sub(logits, stopGradient(tf.max(logits, 1, true)));
  const normaliser = tf.log(tf.sum(tf.exp(shifted), 1));
  return tf.sub(normaliser, tf.sum(tf.mul(shifted, chosen), 1)) as tf.Tensor1D;
}

/** A convolution that pads nothing. @returns [batch, h + rows − 1, w + columns − 1, inputs] → [batch, h, w, outputs] */
function windowed(parameters: Parameters, name: string, [height, width, inputs, outputs]: Shape): Window {
  const area = height * width;
  const initial = glorotUniform(area * inputs, area * outputs);
  const filter = parameters.add<tf.Rank.R4>(`${name}.kernel`, [height, width, inputs, outputs], initial);
  return (x) => tf.conv2d(x, filter, 1, 'valid');
}

function withBias(parameters: Parameters, name: string, shape: Shape): Window {
  const convolution = windowed(parameters, name, shape);
  const bias = parameters.add<tf.Rank.R1>(`${name}.bias`, [shape[3]], zeros);
  return (x) => tf.add(convolution(x), bias);
}

/** tanh(a) · σ(b) of the two halves of the channels: van den Oord et al. 2016, eq. 2. */
function gate(x: tf.Tensor4D): tf.Tensor4D {
  const [a, b] = tf.split(x, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  return tf.mul(tf.tanh(a), tf.sigmoid(b));
}

function pad(
  x: tf.Tensor4D,
  {
    top = 0,
    left = 0,
    right = 0,
  }: { readonly top?: number; readonly left?: number; readonly right?: number },
): tf.Tensor4D {
  return tf.pad(x, [
    [0, 0],
    [top, 0],
    [left, right],
    [0, 0],
  ]);
}

/** x without its last slice: what reads it sees only what came before. */
function trimmed(x: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const size = x.shape.map((extent, i) => (i === axis ? extent - 1 : extent)) as [
    number,
    number,
    number,
    number,
  ];
  return tf.slice(x, [0, 0, 0, 0], size);
}

/** The last `count` of some tensors, one after the other. */
function latest(tensors: readonly tf.Tensor4D[], count: number, axis: 1 | 2): tf.Tensor4D {
  return tf.concat(tensors.slice(-count), axis);
}
