// The options of `aigc tune`.
import { boolean, choice, integer, number, type OptionValues, text } from './option';
import { backendOption, seedOption } from './shared-options';
import { defaultModel } from './train-options';

/** What a search can start trials on. */
const engines = ['local', 'slurm', 'ray'] as const;

export type EngineName = (typeof engines)[number];

/** As many as a search may have. */
export const mostTrials = 10_000;

export const tuneOptions = {
  model: text({
    placeholder: 'NAME|FILE.js',
    description: 'the family, see `aigc models`, or the file of one',
    default: defaultModel,
  }),
  data: text({
    role: 'changeable',
    placeholder: 'NAME|DIR',
    description:
      'mnist, emnist-letters, digits (built in) and what aigc data list has, or a file or folder of images: see docs/data.md; with a test split',
  }),
  metric: text({
    placeholder: 'NAME',
    description: 'the figure to go by, of `aigc evaluate` (default: elbo if the family has one, else fid)',
  }),
  search: text({
    placeholder: 'FILE',
    description: 'what to search, as a JSON object of options and ranges as --set has them',
  }),
  budgetMinutes: number({
    role: 'call',
    description: 'stop after N minutes, of all calls of this search together',
    above: 0,
  }),
  trials: integer({
    description:
      'configurations in all (default: 9, or with --budget-minutes nine after nine until time is up)',
    min: 1,
    max: mostTrials,
  }),
  epochs: integer({ description: "what the best are trained (default: the family's)", min: 1 }),
  steps: integer({ description: 'the same in training steps', min: 1 }),
  method: choice(['halving', 'random'], {
    description: 'train all a little and the best on, or all to the end',
    default: 'halving',
  }),
  eta: integer({
    description: 'of halving: one in N goes on, and is then trained N times as long',
    default: 3,
    min: 2,
    max: 10,
    onlyWith: { method: ['halving'] },
    why: 'Li et al. 2018, section 2.6',
  }),
  count: integer({ description: 'evaluate on the first N test images only', min: 2 }),
  sampleCount: integer({
    description: 'draw N images to evaluate (default: as `aigc evaluate`)',
    min: 2,
    max: 1_000_000,
  }),
  parallel: integer({
    role: 'call',
    description: 'trials at a time (default: 1; on an engine as many as it gives)',
    min: 1,
    max: mostTrials,
  }),
  on: choice(engines, {
    role: 'call',
    description:
      'where trials run: here, or as jobs of Slurm or Ray (default: local; of jobs that are still there, where they are)',
  }),
  slurm: text({
    role: 'call',
    placeholder: 'SETTINGS',
    description:
      'with --on slurm: what sbatch is told, such as partition=gpu,gres=gpu:1,time=2:00:00,cpus-per-task=4',
  }),
  ray: text({
    role: 'call',
    placeholder: 'SETTINGS',
    description:
      'with --on ray: the address of the head, and what a trial asks for, such as http://HEAD:8265,cpus=4,gpus=1',
  }),
  seed: seedOption,
  backend: backendOption,
  optunaJournal: text({
    role: 'call',
    placeholder: 'FILE',
    description: "write the search as Optuna's journal too, which optuna-dashboard shows",
  }),
  out: text({ placeholder: 'DIR', role: 'flag', description: 'the folder of the search', default: './tune' }),
  resume: boolean({ role: 'flag', description: 'go on with the search in --out' }),
  dryRun: boolean({ role: 'flag', description: 'print the plan and stop' }),
  only: integer({
    role: 'flag',
    description:
      'train and measure trial N of the search in --out here, as a task of an engine does, and stop',
    min: 1,
    max: 1_000_000,
  }),
  rung: integer({ role: 'flag', description: 'with --only: up to which rung', default: 1, min: 1, max: 64 }),
} as const;

export type TuneValues = OptionValues<typeof tuneOptions>;

const { model, data, metric, budgetMinutes, steps, count, sampleCount } = tuneOptions;
const { parallel, slurm, ray, backend, dryRun, only, rung } = tuneOptions;

/** Of `aigc sweep`, which trains what it is told and draws nothing. */
export const sweepOptions = {
  model,
  data,
  metric,
  list: text({
    placeholder: 'FILE',
    description:
      'what to train, as a JSON array of objects of options; with --set, each of them with each of its values',
  }),
  seeds: text({
    placeholder: 'LIST',
    pattern: /^\d{1,15}(\.\.\d{1,15})?(,\d{1,15}(\.\.\d{1,15})?)*$/,
    expected: 'seeds and ranges of them, such as 1,2,7 or 1..5',
    description: 'train everything once with each of these seeds: 1,2,7 or 1..5',
    default: '1',
  }),
  epochs: integer({ description: "what each is trained (default: the family's)", min: 1 }),
  steps,
  count,
  sampleCount,
  budgetMinutes,
  parallel,
  on: choice([...engines, 'kubernetes'], {
    role: 'call',
    description:
      'where trials run: here, as jobs of Slurm or Ray, or, with --print, as a Job of Kubernetes (default: local; of jobs that are still there, where they are)',
  }),
  slurm,
  ray,
  kubernetes: text({
    role: 'call',
    placeholder: 'SETTINGS',
    description:
      'with --on kubernetes: image=NAME,claim=NAME and what else pods get, such as cpu=4,memory=8Gi,gpu=1,namespace=NAME,mount=DIR',
  }),
  backend,
  out: text({ placeholder: 'DIR', role: 'flag', description: 'the folder of the sweep', default: './sweep' }),
  resume: boolean({ role: 'flag', description: 'go on with the sweep in --out' }),
  retry: boolean({ role: 'flag', description: 'with --resume: train those that failed again' }),
  print: boolean({
    role: 'flag',
    description: 'with --on kubernetes: write the Job as YAML to stdout, for kubectl, and stop',
  }),
  dryRun,
  only,
  rung,
} as const;

export type SweepValues = OptionValues<typeof sweepOptions>;

/** What both commands are asked. */
export interface SearchValues {
  readonly model: string;
  readonly data: string | undefined;
  readonly epochs: number | undefined;
  readonly steps: number | undefined;
  readonly budgetMinutes: number | undefined;
  readonly parallel: number | undefined;
  readonly on: EngineName | 'kubernetes' | undefined;
  readonly slurm: string | undefined;
  readonly ray: string | undefined;
  readonly kubernetes?: string | undefined;
  readonly backend: string;
  readonly optunaJournal?: string | undefined;
  readonly out: string;
  readonly resume: boolean | undefined;
  /** Those that failed are trained again. */
  readonly retry?: boolean | undefined;
  /** What an engine is to be given is written to stdout, and nothing started. */
  readonly print?: boolean | undefined;
  readonly dryRun: boolean | undefined;
  /** A trial of the search, to be run as a task of an engine. */
  readonly only: number | undefined;
  /** From 1. */
  readonly rung: number;
}
