import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findFamily } from '../../src/models';
import { runTrial, type TrialContext } from '../../src/tune/trial';
import type { TunePlan } from '../../src/tune/tune-folder';
import { scratchFolder } from '../scratch';

const scratch = scratchFolder();
const plan: TunePlan = {
  model: 'vae',
  data: 'digits',
  seed: 1,
  figure: { name: 'elbo', label: 'ELBO', better: 'higher' },
  metric: 'elbo',
  source: 'evaluate',
  bracket: 1,
  unit: 'steps',
  length: 3,
  trainCount: 64,
  space: {},
};

it('is tried again when another process was at work on it, and is no failed trial', async () => {
  const folder = join(scratch(), '0001');
  mkdirSync(folder);
  const commands: string[] = [];
  const answers = [
    { code: 2, events: [{ event: 'error', name: 'BusyError', message: 'Another aigc is at work.' }] },
    { code: 0, events: [{ event: 'end' }] },
    { code: 0, events: [{ event: 'metric', figure: 'elbo', mean: -3 }] },
  ];
  const context: TrialContext = {
    family: findFamily('vae'),
    plan,
    backend: undefined,
    stopping: () => false,
    onWork: () => undefined,
    onWait: () => undefined,
    run: async ([command = '']) => {
      commands.push(command);
      return { code: 1, events: [], lastWords: '', ...answers.shift() };
    },
  };
  const found = await runTrial({ folder, configuration: {}, seed: 1, length: 3 }, context);
  expect(found).toEqual({ status: 'measured', value: -3 });
  expect(commands).toEqual(['train', 'train', 'evaluate']);
});
