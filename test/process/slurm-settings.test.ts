import { slurmFlags, timeLimit, warningSeconds } from '../../src/process/slurm/settings';

it('hands the settings of sbatch through as they are, lists with commas among them', () => {
  expect(slurmFlags('partition=gpu,gres=gpu:1,nodelist=a,b2,exclusive,time=2:00:00')).toEqual([
    '--partition=gpu',
    '--gres=gpu:1',
    '--nodelist=a,b2',
    '--exclusive',
    '--time=2:00:00',
  ]);
  expect(slurmFlags('')).toEqual([]);
  for (const words of ['array=0-3', 'partition=gpu,output=x', '--wrap=ls'])
    expect(() => slurmFlags(words)).toThrow(/is what aigc says/);
  for (const words of ['Partition', ',', '; rm'])
    expect(() => slurmFlags(words)).toThrow(/expected settings of sbatch/);
});

it('reads limits of time as sbatch does, and warns a quarter before short ones', () => {
  const limits = ['10', '1:30', '2:00:00', '1-0', '1-2:30', '2-0:0:5', 'UNLIMITED'];
  expect(limits.map(timeLimit)).toEqual([600, 90, 7200, 86_400, 95_400, 172_805, undefined]);
  expect([[], ['--time=1'], ['--time=2:00:00']].map(warningSeconds)).toEqual([60, 15, 60]);
});
