// Who takes part: aigc on every backend that works here in every compile mode, its floor, and the peers.
const { join } = require('node:path');
const { findFamily } = require('../../dist/models');

const root = join(__dirname, '..', '..');
const python = process.env.AIGC_PYTHON ?? 'python3';

/** Backends whose steps can be compiled. */
const compilable = ['cuda', 'native'];

const peers = [
  {
    script: 'torch_steps.py',
    name: 'PyTorch',
    families: ['gan', 'dcgan', 'vae', 'cgan', 'iwae'],
    modes: {
      ...{ eager: 'eager', compile: 'torch.compile', overhead: 'torch.compile, reduce-overhead' },
      tf32: 'TF32',
    },
  },
  {
    script: 'keras_steps.py',
    name: 'Keras on TensorFlow',
    families: ['gan', 'dcgan', 'vae'],
    modes: { graph: 'tf.function', xla: 'XLA' },
  },
  {
    script: 'jax_steps.py',
    name: 'JAX',
    families: ['gan', 'dcgan', 'vae'],
    modes: { jit: 'jit', scan: 'scan of five' },
  },
];

/** A card's own coarser arithmetic, which is held against itself alone. */
const tf32 = 'cuda in TF32';

/** What is measured on a GPU alone: CUDA graphs, and TF32. */
const gpuModes = ['overhead', 'tf32'];

/** The families that a peer has too. */
const peerFamilies = [...new Set(peers.flatMap(({ families }) => families))];

const installHint = `pip install torch tensorflow-cpu keras jax optax, for the Python that AIGC_PYTHON names (${python})`;

/**
 * @param family a family's name
 * @param data what aigc reads, what the peers read, what reference.js wrote and printed, and `device`: only what runs there
 */
function contestantsOf(
  family,
  { set, images, labels, reference, settings, backends: working, device: only = '' },
) {
  const backends = working.filter((backend) => !only || deviceOf(backend) === only);
  const ours = backends
    // The plain JavaScript backend is for tests: a step takes minutes.
    .filter((backend) => backend !== 'cpu')
    .flatMap((backend) => modesOf(family, backend).map((mode) => oursOf(family, backend, mode, set)));
  const [best] = backends;
  const floor = {
    kind: 'floor',
    label: `floor: products and convolutions alone, ${best}`,
    device: deviceOf(best),
    program: process.execPath,
    args: [join(__dirname, 'floor.js'), family, best, set],
  };
  const files = ['--images', images, '--labels', labels, '--reference', reference];
  const shared = [...files, '--settings', JSON.stringify(settings)];
  const devices = only ? [only] : backends.includes('cuda') ? ['cpu', 'cuda'] : ['cpu'];
  const theirs = devices.flatMap((device) =>
    peers.flatMap(({ script, name, families, modes }) =>
      (families.includes(family) ? Object.entries(modes) : [])
        .filter(([mode]) => !gpuModes.includes(mode) || device === 'cuda')
        .map(([mode, modeName]) => ({
          kind: 'peer',
          label: `${name}, ${modeName}${device === 'cuda' ? ', CUDA' : ''}`,
          device: mode === 'tf32' ? tf32 : device,
          program: python,
          args: [join(root, 'bench', 'peers', script), family, mode, '--device', device, ...shared],
        })),
    ),
  );
  return [...ours, ...theirs, floor];
}

function deviceOf(backend) {
  return backend === 'cuda' ? 'cuda' : 'cpu';
}

/** A GAN is also measured with the average of the generator's weights that `aigc train` keeps, and peers do not. */
function modesOf(family, backend) {
  if (!compilable.includes(backend)) return ['off'];
  const average = 'ema' in findFamily(family).options ? ['average'] : [];
  const ofGpu = backend === 'cuda' ? ['graph-1', 'graph-10', 'tf32'] : [];
  return ['off', 'graph', ...average, 'xla', ...ofGpu];
}

const modeNames = {
  ...{ off: 'op by op', graph: 'graph', average: 'graph, with EMA', xla: 'XLA' },
  ...{ 'graph-1': 'graph, step by step', 'graph-10': 'graph, chains of 10', tf32: 'graph, TF32' },
};

function oursOf(family, backend, mode, set) {
  const asGraph = mode === 'average' || mode === 'tf32';
  const words = [asGraph ? 'graph' : mode, set, ...(mode === 'average' ? ['average'] : [])];
  return {
    kind: 'ours',
    label: `aigc ${backend}${compilable.includes(backend) ? `, ${modeNames[mode]}` : ''}`,
    device: mode === 'tf32' ? tf32 : deviceOf(backend),
    program: process.execPath,
    args: [join(__dirname, 'child.js'), family, backend, ...words],
  };
}

module.exports = { contestantsOf, installHint, peerFamilies, tf32 };
