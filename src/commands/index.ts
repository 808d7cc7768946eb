// The registry of commands. Each loads only when it is called, so that `aigc --help` answers at once.
import type { CommandModule } from './command';

export interface CommandEntry {
  readonly name: string;
  /** One line for `aigc --help`. */
  readonly summary: string;
  load(): Promise<CommandModule>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'train',
    summary: 'train a model; writes checkpoints and sample grids to ./ckpt',
    load: async () => (await import('./train')).train,
  },
  {
    name: 'sample',
    summary: 'draw images from a trained model',
    load: async () => (await import('./sample')).sample,
  },
  {
    name: 'interpolate',
    summary: 'walk between the latents of a trained model, as a grid or an animation',
    load: async () => (await import('./interpolate')).interpolate,
  },
  {
    name: 'reconstruct',
    summary: 'show pictures through a trained model: clean, noisy or in part',
    load: async () => (await import('./reconstruct')).reconstruct,
  },
  {
    name: 'encode',
    summary: "write a data set's latents as .npy, for other tools",
    load: async () => (await import('./encode')).encode,
  },
  {
    name: 'export',
    summary:
      'take a trained model elsewhere: a page that plays it, a film of its training, graphs for other tools',
    load: async () => (await import('./export')).exportModel,
  },
  {
    name: 'evaluate',
    summary: 'measure a trained model, or any images, against the test split',
    load: async () => (await import('./evaluate/evaluate')).evaluate,
  },
  {
    name: 'compare',
    summary: 'hold runs against each other: a table, and a chart of their curves and samples',
    load: async () => (await import('./compare')).compare,
  },
  {
    name: 'tune',
    summary: 'search for good options of a model within a budget of time',
    load: async () => (await import('./tune/tune')).tune,
  },
  {
    name: 'sweep',
    summary: 'train a grid or a list of options, each with every seed',
    load: async () => (await import('./tune/sweep')).sweep,
  },
  {
    name: 'studio',
    summary: 'a local page over your runs: watch, compare, start, stop and play them',
    load: async () => (await import('./studio')).studio,
  },
  {
    name: 'data',
    summary: 'list, get, make and inspect data sets',
    load: async () => (await import('./data/data')).data,
  },
  {
    name: 'backend',
    summary: 'list, install and check the tensor backends',
    load: async () => (await import('./backend/backend')).backend,
  },
  {
    name: 'models',
    summary: 'the model families, their options, defaults and papers',
    load: async () => (await import('./models')).models,
  },
];
