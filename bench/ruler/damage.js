// What is done to real images to see which figures notice: each takes a set and gives another of as many images.
const { pickImages } = require('../../dist/dataset/split');
const { normals, permutation, randomStream } = require('../../dist/rng');

/** @typedef {import('../../dist/dataset/image-set').ImageSet} ImageSet */

/** @param {number} count */
const counted = (count) => Array.from({ length: count }, (_, i) => i);

/** Images whose labels pass, from the first again until there are as many as before.
 *  @param {ImageSet} set @param {(label: number) => boolean} passes @returns {ImageSet} */
function keepClasses(set, passes) {
  const kept = counted(set.count).filter((i) => passes(/** @type {Uint8Array} */ (set.labels)[i]));
  return pickImages(
    set,
    counted(set.count).map((i) => kept[i % kept.length]),
  );
}

/** Classes as often as a power of their number says, the last the most often. @param {ImageSet} set @param {number} steepness */
function imbalance(set, steepness) {
  const stream = randomStream(3, 'ruler/imbalance');
  const weight = (i) => ((set.labels?.[i] ?? 0) + 1) ** steepness;
  const largest = set.classCount ** steepness;
  const chosen = [];
  for (let at = 0; chosen.length < set.count; at = (at + 1) % set.count)
    if (stream.integer(1e6) / 1e6 < weight(at) / largest) chosen.push(at);
  return pickImages(set, chosen);
}

/** A share of images that are noise. @param {ImageSet} set @param {number} share @returns {ImageSet} */
function outliers(set, share) {
  const size = set.pixels.length / set.count;
  const stream = randomStream(4, 'ruler/outliers');
  const end = Math.round(share * set.count) * size;
  return { ...set, pixels: set.pixels.map((byte, at) => (at < end ? stream.integer(256) : byte)) };
}

/** The images nearest to the mean of their class, again and again. @param {ImageSet} set @param {number} share */
function truncation(set, share) {
  const size = set.pixels.length / set.count;
  const labels = /** @type {Uint8Array} */ (set.labels);
  const [sums, counts] = [new Float64Array(set.classCount * size), new Float64Array(set.classCount)];
  for (const i of counted(set.count)) {
    counts[labels[i]]++;
    for (let j = 0; j < size; j++) sums[labels[i] * size + j] += set.pixels[i * size + j];
  }
  const distance = counted(set.count).map((i) => {
    let squared = 0;
    for (let j = 0; j < size; j++)
      squared += (set.pixels[i * size + j] - sums[labels[i] * size + j] / counts[labels[i]]) ** 2;
    return squared;
  });
  const kept = counted(set.classCount).flatMap((label) => {
    const own = counted(set.count)
      .filter((i) => labels[i] === label)
      .sort((a, b) => distance[a] - distance[b]);
    return own.slice(0, Math.ceil(share * own.length));
  });
  return pickImages(
    set,
    counted(set.count).map((i) => kept[i % kept.length]),
  );
}

/** So many different images. @param {ImageSet} set @param {number} count */
const repeated = (set, count) =>
  pickImages(
    set,
    counted(set.count).map((i) => i % count),
  );

/** Normal noise. @param {ImageSet} set @param {number} deviation of 255 @returns {ImageSet} */
function noise(set, deviation) {
  const drawn = normals(randomStream(5, 'ruler/noise'), set.pixels.length);
  const clip = (value) => Math.max(0, Math.min(255, Math.round(value)));
  return { ...set, pixels: set.pixels.map((byte, at) => clip(byte + deviation * drawn[at])) };
}

/** A Gaussian blur, edges repeated. @param {ImageSet} set @param {number} deviation in pixels @returns {ImageSet} */
function blur(set, deviation) {
  const { count, height, width, channels } = set;
  const reach = Math.ceil(3 * deviation);
  const bell = counted(2 * reach + 1).map((i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const total = bell.reduce((sum, value) => sum + value, 0);
  const pass = (pixels, down, right) => {
    const result = new Float64Array(pixels.length);
    for (let at = 0; at < result.length; at++) {
      const row = Math.floor(at / channels);
      const [y, x] = [Math.floor(row / width) % height, row % width];
      for (let k = -reach; k <= reach; k++) {
        const dy = Math.max(0, Math.min(height - 1, y + down * k)) - y;
        const dx = Math.max(0, Math.min(width - 1, x + right * k)) - x;
        result[at] += (bell[k + reach] / total) * pixels[at + (dy * width + dx) * channels];
      }
    }
    return result;
  };
  if (count === 0) return set;
  return { ...set, pixels: Uint8Array.from(pass(pass(set.pixels, 1, 0), 0, 1), Math.round) };
}

/** The first so many images in an order of chance. @param {ImageSet} set @param {number} count @param {string} name */
function some(set, count, name) {
  return pickImages(set, permutation(randomStream(1, `ruler/${name}`), set.count).subarray(0, count));
}

module.exports = { blur, imbalance, keepClasses, noise, outliers, repeated, some, truncation };
