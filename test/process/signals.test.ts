// What a signal does to a command that writes no checkpoint: it ends it, whenever it comes and whatever it computes.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const program = join(__dirname, '..', '..', 'bin', 'aigc.js');

/** @param onText told of what it writes to stderr @returns what ended it */
async function endingOf(words: readonly string[], onText: (kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(process.execPath, words, { cwd: folder(), stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    if (stderr === '') onText((signal) => child.kill(signal));
    stderr += chunk;
  });
  const ending = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  return { ending, stderr };
}

const onPosix = process.platform === 'win32' ? it.skip : it;

onPosix.each(['SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const)('%s ends a command that draws', async (signal) => {
  const words = ['data', 'make', 'digits', '--count', '900000', '--out', 'many'];
  const { ending, stderr } = await endingOf([program, ...words], (kill) =>
    setTimeout(() => kill(signal), 300),
  );
  expect({ ending, stderr }).toEqual({ ending: signal, stderr: expect.not.stringContaining('Debugger') });
});

onPosix('SIGUSR1 that comes before anything of ours is loaded opens no debugger', async () => {
  const preload = join(folder(), 'preload.js');
  writeFileSync(
    preload,
    `const Module = require('node:module');
     const load = Module._load;
     Module._load = (...words) => {
       if (words[0].endsWith('cli.js')) {
         process.kill(process.pid, 'SIGUSR1');
         for (const began = Date.now(); Date.now() - began < 500; );
       }
       return load(...words);
     };`,
  );
  const { ending, stderr } = await endingOf(['--require', preload, program, 'models'], () => undefined);
  expect({ ending, stderr }).toEqual({ ending: 'SIGUSR1', stderr: '' });
});
