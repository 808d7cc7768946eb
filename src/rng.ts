// Counter-based random streams: (seed, stream name, step) → numbers. Nothing about randomness needs saving,
// and any step can be replayed on its own.

// Bound once: where tests run, every lookup of a global is a call, and weights are drawn by millions.
const { imul, sqrt, log, floor, ceil, min } = Math;

/** What a stream draws, until it is read: at once, so that all may use the same. */
const words = new Uint32Array(512);

/** What `fillNormals` has drawn within the unit circle, and how far out it lies, squared. */
const drawn = { u: new Float64Array(257), v: new Float64Array(257), square: new Float64Array(257) };

/** A sequence of random numbers; the same address always gives the same sequence, on every machine. */
export interface RandomStream {
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** A float in [0, 1) with 24 random bits, so that float32 holds it exactly. */
  uniform(): number;
  /** A draw from N(0, 1). */
  normal(): number;
  /** As many draws of `normal` as there is room for, in half their time. */
  fillNormals(values: Float32Array): void;
  /** An integer in [0, bound). */
  integer(bound: number): number;
}

/**
 * Opens the stream at an address. The address is hashed (FNV-1a steps under murmur3's finaliser, two lanes) into the
 * state of xoshiro128** (Blackman & Vigna 2018, prng.di.unimi.it).
 * @param seed any integer
 * @param name what the numbers are for, such as "shuffle" or "initial/generator.dense1"
 * @param step which use of that stream: a training step, an epoch, an image's index
 */
export function randomStream(seed: number, name: string, step = 0): RandomStream {
  const state = hashAddress(seed, name, step);
  let [s0, s1, s2, s3] = state;
  let spare: number | undefined;

  /** The next `count` words, with the state in variables of this call: steps draw hundreds of thousands. */
  function drawWords(count: number): void {
    let [a, b, c, d] = [s0, s1, s2, s3];
    for (let i = 0; i < count; i++) {
      const product = imul(b, 5);
      words[i] = imul((product << 7) | (product >>> 25), 9);
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
    }
    [s0, s1, s2, s3] = [a, b, c, d];
  }

  function uint32(): number {
    drawWords(1);
    return words[0] as number;
  }

  const uniform = () => fractionOf(uint32());

  /** Marsaglia's polar method makes two at a time; the second is kept for the next call. */
  function normal(): number {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const square = u * u + v * v;
      if (square === 0 || square >= 1) continue;
      const scale = polarScale(square);
      spare = v * scale;
      return u * scale;
    }
  }

  function fillNormals(values: Float32Array): void {
    let at = 0;
    if (spare !== undefined && values.length > 0) values[at++] = normal();
    while (at < values.length) {
      // Two words for two values at the very least, so that none is drawn in vain.
      const count = 2 * min(words.length / 2, ceil((values.length - at) / 2));
      drawWords(count);
      const accepted = acceptPairs(count);
      for (let i = 0; i < accepted; i++) {
        const scale = polarScale(drawn.square[i] as number);
        values[at++] = (drawn.u[i] as number) * scale;
        const second = (drawn.v[i] as number) * scale;
        if (at < values.length) values[at++] = second;
        else spare = second;
      }
    }
  }

  return {
    uint32,
    uniform,
    normal,
    fillNormals,
    integer: (bound) => floor((uint32() / 0x1_0000_0000) * bound),
  };
}

/** A float in [0, 1) of a word's upper 24 bits. */
const fractionOf = (word: number) => (word >>> 8) / 0x100_0000;

/** Takes pairs of `words` as points of (−1, 1)² into `drawn`. One that lies outside the unit circle, or at its centre, is
 *  written over by the next: that costs less than a branch that nobody can predict. @returns how many do not */
function acceptPairs(count: number): number {
  const { u: us, v: vs, square: squares } = drawn;
  let accepted = 0;
  for (let i = 0; i < count; i += 2) {
    const u = 2 * fractionOf(words[i] as number) - 1;
    const v = 2 * fractionOf(words[i + 1] as number) - 1;
    const square = u * u + v * v;
    us[accepted] = u;
    vs[accepted] = v;
    squares[accepted] = square;
    accepted += Number(square < 1) & Number(square > 0);
  }
  return accepted;
}

/** What makes a uniform point of the unit circle two normal draws, by how far out it lies, squared. */
const polarScale = (square: number) => sqrt((-2 * log(square)) / square);

/** `count` draws from N(0, 1). */
export function normals(stream: RandomStream, count: number): Float32Array {
  const values = new Float32Array(count);
  stream.fillNormals(values);
  return values;
}

/** `count` draws from U[0, 1). */
export function uniforms(stream: RandomStream, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = stream.uniform();
  return values;
}

/** The numbers 0 … count−1 in random order (Fisher-Yates). */
export function permutation(stream: RandomStream, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = stream.integer(i + 1);
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  return order;
}

function hashAddress(seed: number, name: string, step: number): [number, number, number, number] {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  const absorb = (word: number) => {
    low = mix(imul(low ^ word, 0x01000193));
    high = mix(imul(high ^ word, 0x85ebca6b) + low);
  };
  for (let i = 0; i < name.length; i++) absorb(name.charCodeAt(i));
  for (const value of [name.length, seed, step]) {
    absorb(value | 0);
    absorb(floor(value / 0x1_0000_0000));
  }
  // The last word is odd because the all-zero state is the generator's one fixed point.
  return [mix(low + 1), mix(high + 2), mix(low ^ high), mix(low + imul(high, 5)) | 1];
}

function mix(word: number): number {
  let h = word | 0;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
