// Which compiler `--compile auto` takes for convolutions: tried in a process of its own, since XLA is set up for a whole process.
import type { Output } from '../../output';
import { aigcCommand } from '../../process/aigc';
import { runProgram } from '../../process/program';
import type { CompilerRace } from '../../training/compiler-record';
import type { CommandContext } from '../command';

const timeoutMs = 180_000;

/** Says what is known of it, and finds it out where it is not. A race that fails leaves `auto` with graphs, and is no error. */
export async function reportRace(output: Output): Promise<void> {
  const { readRace, writeRace, winnerOf } = await import('../../training/compiler-record');
  let race = readRace();
  if (!race) {
    output.progress('Trying both compilers on convolutions, for some ten seconds');
    race = await raceInChild();
    if (!race) return output.warn('They could not be tried: --compile auto takes graphs for convolutions.');
    await writeRace(race).catch((error: Error) => output.warn(`It could not be kept: ${error.message}`));
  }
  const auto = winnerOf(race);
  const { graphMs, xlaMs } = race;
  output.result(
    { event: 'compilers', graphMs, xlaMs, auto },
    `A step of dcgan takes ${graphMs.toFixed(0)} ms as a graph and ${xlaMs.toFixed(0)} by XLA: for convolutions --compile auto takes ${auto}.`,
  );
}

async function raceInChild(): Promise<CompilerRace | undefined> {
  const { lastJson } = await import('../../backend-install/try-backend');
  return lastJson(await runProgram(...aigcCommand(['backend', 'race']), { timeoutMs }));
}

/** What the child does. */
export async function raceHere(context: CommandContext): Promise<void> {
  const [{ startBackend }, { raceCompilers }] = await Promise.all([
    import('../../tensor'),
    import('../../training/compiler-race'),
  ]);
  await startBackend('native');
  context.stdout(JSON.stringify(await raceCompilers()));
}
