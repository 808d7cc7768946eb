// `aigc studio`: a page over the runs below a folder, served to this machine alone.
import { realpathSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { integer } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { DataError } from '../errors';
import { type Output, openOutput } from '../output';
import type { Job } from '../studio/api';
import { startServer } from '../studio/server';
import { createStudio } from '../studio/studio';
import { onStopSignal } from '../training/stop';
import { addOutputFlags, type CommandModule } from './command';
import { addOptionFlags } from './options';

const studioOptions = {
  port: integer({
    description: 'the port to listen on (default: a free one)',
    min: 1,
    max: 65_535,
    role: 'call',
  }),
} as const;

export const studio: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), studioOptions);
    command.argument('[dir]', 'the folder whose run folders are shown, however deep they lie', '.');
    command.addHelpText('after', '\nExample:\n  $ aigc studio runs --port 8080');
    command.action(async (folder: string, flags: RawValues) => {
      const output = openOutput(context, flags);
      const { port } = resolveOptions(studioOptions, flags, {});
      checkFolder(folder);
      await serve(folder, port ?? 0, output);
    });
  },
};

/** @throws DataError when it is no folder */
function checkFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new DataError(`${folder} is no folder.`, { hint: 'Name the folder that holds your runs.' });
}

/** Until Ctrl-C. */
async function serve(folder: string, port: number, output: Output): Promise<void> {
  const bugs = (error: unknown) => output.warn(`a bug of the studio: ${stackOf(error)}`);
  const room = createStudio(realpathSync(folder), bugs);
  try {
    const server = await startServer(room, folder, port, bugs);
    output.result({ event: 'studio', url: server.url, folder, port: server.port }, [server.url]);
    output.progress('Open it in a browser on this machine. Ctrl-C ends the studio; runs go on.');
    await new Promise<void>((resolve) => void onStopSignal(() => resolve()));
    await server.close();
    sayWhatGoesOn(room.jobs.list(), output);
  } finally {
    room.close();
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function sayWhatGoesOn(jobs: readonly Job[], output: Output): void {
  const left = jobs.filter(({ state, kind }) => state === 'running' && kind !== 'play');
  for (const { kind, run, id } of left)
    output.progress(`It goes on: ${kind} of ${run}.`, { event: 'goes-on', kind, run, job: id });
  output.progress(left.length === 0 ? 'The studio has ended.' : 'The studio has ended; these do not.');
}
