import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfigFile } from '../../src/config/file';
import { DataError, UsageError } from '../../src/errors';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();

const write = (content: string) => {
  const path = join(folder(), 'config.json');
  writeFileSync(path, content);
  return path;
};

it('reads an object of options', () => {
  expect(readConfigFile(write('{"model": "gan", "epochs": 5}'))).toMatchObject({
    values: { model: 'gan', epochs: 5 },
    completed: false,
  });
});

it('reads what was asked for of a run, not what came of it', () => {
  const run = { asked: { model: 'gan', loss: 'mse' }, config: { model: 'gan', loss: 'mse', beta1: 0 } };
  expect(readConfigFile(write(JSON.stringify(run)))).toMatchObject({ values: run.asked, completed: false });
});

it('says so of a run from before these were kept apart', () => {
  const run = { formatVersion: 1, status: 'finished', config: { model: 'vae', epochs: 2 } };
  expect(readConfigFile(write(JSON.stringify(run)))).toMatchObject({ values: run.config, completed: true });
});

it.each(['', '[1, 2]', '"gan"', 'null', '{"model": "gan",}'])('refuses %p', (content) => {
  const read = () => readConfigFile(write(content));
  expect(read).toThrow(UsageError);
  expect(read).toThrow(/config\.json \(--config\) is not a JSON object of options/);
  expect(read).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('{"model": "gan", "epochs": 5}') }),
  );
});

it('says when there is no file', () => {
  expect(() => readConfigFile(join(folder(), 'none.json'))).toThrow(DataError);
});
