import { BackendError, didYouMean, UsageError } from '../../errors';
import { type Output, openOutput } from '../../output';
import { addSubcommand, type CommandContext, type CommandModule, refuseOthers } from '../command';
import { addInstall } from './install';
import { addPack } from './pack';
import { raceHere, reportRace } from './race';

interface Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const backend: CommandModule = {
  configure(command, context) {
    const add = (usage: string, summary: string, example: string) =>
      addSubcommand(command, usage, summary, example);
    add('list', 'the backends, and which one auto takes', 'list').action((flags: Flags) =>
      list(openOutput(context, flags)),
    );
    addInstall(add('install', 'build TensorFlow for Node, for speed', 'install --cpu'), context);
    addPack(
      add('pack', 'all that a machine without a network needs, in pieces', 'pack --out pack --cpu'),
      context,
    );
    add('doctor', 'try every backend, and say how to mend what does not work', 'doctor --json').action(
      (flags: Flags) => doctor(openOutput(context, flags)),
    );
    command
      .command('probe <NAME>', { hidden: true })
      .description('try one backend in this process; one line of JSON')
      .action((name: string) => probeHere(name, context));
    command
      .command('race', { hidden: true })
      .description('try both compilers in this process; one line of JSON')
      .action(() => raceHere(context));
    command.addHelpText('after', '\nExample:\n  $ aigc backend doctor');
    refuseOthers(command, ['list', 'install', 'pack', 'doctor']);
  },
};

async function list(output: Output): Promise<void> {
  const { backends } = await import('../../tensor');
  let chosen: string | undefined;
  for (const { name, summary, check } of backends) {
    const found = await check();
    if (found.available) chosen ??= name;
    const isAuto = found.available && chosen === name;
    const state = found.available ? found.detail : `not here: ${found.reason}. ${found.remedy}`;
    const line = `${isAuto ? '*' : ' '} ${name.padEnd(6)}  ${summary}`;
    output.result({ event: 'backend', name, summary, ...found, auto: isAuto }, [line, `          ${state}`]);
  }
  if (!output.json) output.progress('* is what --backend auto takes.');
}

/** @throws BackendError when the backend that auto takes does not do its work */
async function doctor(output: Output): Promise<void> {
  const [{ examine }, { describeCuda }] = await Promise.all([
    import('../../backend-doctor/doctor'),
    import('../../backend-doctor/cuda-report'),
  ]);
  let best: string | undefined;
  let compiles = false;
  for await (const { log, ...report } of examine()) {
    if (report.works) best ??= report.backend;
    if (report.works && report.backend === 'native') compiles = true;
    const ofCuda = report.gpu ? describeCuda(report.gpu).map((line) => `          ${line}`) : [];
    output.result({ event: 'backend', ...report, ...(report.works ? {} : { log }) }, [
      ...describe(report),
      ...ofCuda,
    ]);
  }
  if (best === undefined || best === 'cpu') {
    throw new BackendError('No backend that one would train on works here.', {
      hint: 'Do what is said above, for wasm first: it needs nothing but npm.',
    });
  }
  if (compiles) await reportRace(output);
  output.result({ event: 'verdict', default: best }, ['', `The default backend here, ${best}, works.`]);
}

function describe(report: import('../../tensor/probe').ProbeReport): string[] {
  const name = report.backend.padEnd(6);
  if (!report.works) {
    const reason = `✗ ${name}  ${report.reason.replace(/\.$/, '')}`;
    return report.remedy ? [reason, `          ${report.remedy}`] : [reason];
  }
  const { detail, loadMs, gflops, stepMs } = report;
  const numbers = `${gflops.toFixed(gflops < 10 ? 1 : 0)} GFLOP/s · training step ${stepMs.toFixed(1)} ms · starts in ${loadMs.toFixed(0)} ms`;
  return [`✓ ${name}  ${detail}`, `          ${numbers}`];
}

async function probeHere(name: string, context: CommandContext): Promise<void> {
  const [{ backends }, { probe }] = await Promise.all([import('../../tensor'), import('../../tensor/probe')]);
  const found = backends.find((candidate) => candidate.name === name);
  if (found === undefined) {
    const names = backends.map((candidate) => candidate.name);
    throw new UsageError(`There is no backend "${name}".`, { hint: didYouMean(name, names) });
  }
  context.stdout(JSON.stringify(await probe(found)));
}
