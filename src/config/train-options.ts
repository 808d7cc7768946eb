// The options of `aigc train` that every family shares.
import { boolean, choice, integer, number, type OptionValues, text } from './option';
import { backendOption, gridOption, provenanceOption, seedOption, threadsOption } from './shared-options';

export const defaultModel = 'gan';
export const defaultOut = './ckpt';

/** What decides the run, or what it writes on the way: run.json holds these, with the family's own options beside them. */
export const trainOptions = {
  data: text({
    placeholder: 'NAME|DIR',
    role: 'changeable',
    description:
      'mnist, emnist-letters, digits (built in) and what aigc data list has, or a file or folder of images: see docs/data.md',
    why: 'without it: MNIST if it is on disk or can be downloaded, else the built-in digits',
  }),
  recipe: text({
    placeholder: 'NAME',
    description: 'options that are known to give something, by their name: see aigc models NAME',
    why: 'whatever else is asked for outranks them',
  }),
  epochs: integer({ role: 'changeable', description: 'passes over the training images', min: 1 }),
  steps: integer({ role: 'changeable', description: 'training steps, instead of --epochs', min: 1 }),
  init: text({
    placeholder: 'DIR',
    description: 'start from the weights of this run or checkpoint, of the same family and size',
    why: 'fine-tuning, and cheap steps before expensive ones',
  }),
  seed: seedOption,
  reportEveryEpochs: integer({
    role: 'words',
    description:
      'a line, the figures and a checkpoint every N epochs (default: each, or 60 times in all if they are short)',
    why: 'a set of 300 images has epochs of five steps',
    min: 1,
  }),
  sampleEveryEpochs: integer({
    role: 'words',
    description: 'a grid of samples every N epochs (default: as --report-every-epochs)',
    min: 1,
  }),
  grid: gridOption({ role: 'words', description: 'rows and columns of the sample grids', default: '10x10' }),
  provenance: {
    ...provenanceOption,
    description: 'leave out of the sample grids what they say of how they were made',
  },
  logEverySteps: integer({
    role: 'words',
    description: 'read and log the losses every N steps',
    default: 10,
    min: 1,
  }),
  checkpointEveryMinutes: number({
    role: 'words',
    description: 'a checkpoint every N minutes, besides those of --report-every-epochs',
    default: 5,
    above: 0,
  }),
  keep: integer({
    role: 'words',
    description: 'how many checkpoints to keep, the newest; besides the best and the last epoch’s',
    default: 3,
    min: 1,
  }),
  keepBest: choice(['auto', 'likeness', 'none'], {
    role: 'words',
    description: 'the figure by which RUN/best is the best checkpoint, which is kept',
    why: 'auto: the ELBO on the test images where the model has one, else the likeness of samples to real images',
    default: 'auto',
  }),
  patience: integer({
    role: 'changeable',
    description: 'stop after N epochs in which that figure has not become better (default: never)',
    min: 1,
  }),
  rollbacks: integer({
    role: 'changeable',
    description: 'how often a run that diverges may go back to its last epoch, with half the learning rate',
    default: 3,
    min: 0,
    max: 20,
  }),
  onCollapse: choice(['warn', 'rollback', 'stop'], {
    role: 'changeable',
    description: 'what to do when all samples look alike, or lack classes',
    default: 'warn',
  }),
  watchEveryEpochs: integer({
    role: 'words',
    description: 'look for that every N epochs (default: as --report-every-epochs, of 100 steps at least)',
    min: 1,
  }),
} as const;

/** What decides only this call, and may differ from call to call of one run. Those that choose a folder, or what becomes of
 *  the run in it, are taken from the command line alone. */
export const callOptions = {
  backend: backendOption,
  threads: threadsOption,
  gpu: integer({
    role: 'call',
    description: 'which NVIDIA card, as nvidia-smi numbers them (default: the first)',
    min: 0,
    max: 127,
    onlyWith: { backend: ['auto', 'cuda'] },
  }),
  precision: choice(['float32', 'tf32'], {
    role: 'call',
    description: 'how the card multiplies: tf32 is faster, and rounds to 10 bits what goes into products',
    why: 'float32: figures do not depend on the card',
    default: 'float32',
    onlyWith: { backend: ['auto', 'cuda'] },
  }),
  compile: choice(['auto', 'off', 'graph', 'xla'], {
    role: 'call',
    description:
      'run a step as one graph inside TensorFlow, op by op (off), or as kernels that XLA makes for it; on wasm, graph is a replay of its recorded kernel calls',
    why: 'auto: xla on native for steps of small products, as of gan and vae; else graph, but off on cpu',
    default: 'auto',
  }),
  stream: choice(['auto', 'on', 'off'], {
    role: 'call',
    description: 'leave the images on disk, and read them ahead of need; the weights are the same',
    why: 'auto: of sets of more than a quarter of the memory, or 2 GiB',
    default: 'auto',
  }),
  tensorboard: boolean({
    role: 'call',
    description: 'write event files into RUN/tensorboard too, which TensorBoard shows',
  }),
  terminalGrid: choice(['auto', 'kitty', 'sixel', 'blocks', 'none'], {
    role: 'call',
    description: 'how the terminal shows the grid of samples, where a person watches it',
    why: 'auto: asks the terminal; half blocks where it has no graphics, nothing with NO_COLOR',
    default: 'auto',
  }),
  maxMinutes: number({ role: 'call', description: 'stop cleanly after N minutes', above: 0 }),
  out: text({ placeholder: 'DIR', role: 'flag', description: 'the run folder', default: defaultOut }),
  resume: boolean({ role: 'flag', description: 'go on with the run in --out' }),
  force: boolean({ role: 'flag', description: 'replace the run in --out' }),
  dryRun: boolean({ role: 'flag', description: 'print the plan and stop' }),
} as const;

export type TrainValues = OptionValues<typeof trainOptions>;
export type CallValues = OptionValues<typeof callOptions>;
