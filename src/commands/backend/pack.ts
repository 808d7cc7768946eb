// `aigc backend pack`: its flags, and the table of what it wrote.
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { PackResult } from '../../backend-pack/pack';
import { UsageError } from '../../errors';
import { type Output, openOutput } from '../../output';
import { counted, fileSize, shellWord } from '../../words';
import type { CommandContext } from '../command';
import { checkOut } from '../out';
import { openDisplay, whileInterruptible } from './display';
import { deviceOf, leanOption, systemCudaOption } from './install';

interface Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly out: string;
  readonly cpu?: boolean;
  readonly cuda?: boolean;
  readonly lean?: boolean;
  readonly useSystemCuda?: boolean;
  readonly pieceMb: number;
  readonly level: number;
}

export function addPack(command: Command, context: CommandContext): void {
  command
    .requiredOption('--out <DIR>', 'a new folder for the pieces')
    .addOption(new Option('--cpu', 'for the processor (default)').conflicts('cuda'))
    .option('--cuda', 'for an NVIDIA GPU')
    .addOption(leanOption())
    .addOption(systemCudaOption())
    .option('--piece-mb <N>', 'the most of a piece, in megabytes', wholeNumber('--piece-mb', 1, 2000), 60)
    .option(
      '--level <N>',
      'how hard xz works, 1 to 9: 1 takes a fifth of the time',
      wholeNumber('--level', 1, 9),
      6,
    )
    .action((flags: Flags) => run(flags, openOutput(context, flags)));
}

function wholeNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new UsageError(`Expected a whole number from ${least} to ${most} after ${flag}, got "${text}".`);
  };
}

async function run(flags: Flags, output: Output): Promise<void> {
  const device = deviceOf(flags);
  await checkOut(flags.out, 'folder');
  const { buildFor, pack } = await import('../../backend-pack/pack');
  const display = openDisplay(output);
  const root = join(__dirname, '..', '..', '..');
  const result = await whileInterruptible('pack', (signal) => {
    const context = { progress: display, signal };
    const sources = async (aside: string) => ({
      ...{ node: process.execPath, root },
      installation: await buildFor(device, aside, context),
    });
    return pack(flags.out, { pieceBytes: flags.pieceMb * 1e6, level: flags.level }, sources, context).finally(
      display.stop,
    );
  });
  tell(flags.out, result, output);
}

function tell(out: string, { facts, pieces }: PackResult, output: Output): void {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const what = `aigc ${facts.aigc}, Node ${facts.node}, TensorFlow ${facts.tensorflow} (${facts.variant})`;
  output.result({ event: 'packed', out, ...facts, packedBytes: bytes, pieces }, [
    ...pieces.map((piece) => `${piece.name}  ${fileSize(piece.bytes).padStart(8)}`),
    `${what}: ${counted(pieces.length, 'piece')}, ${fileSize(bytes)}, in ${out}; ${fileSize(Number(facts.bytes))} unpacked.`,
  ]);
  output.progress(
    `Bring ${shellWord(out)} to a machine with ${facts.platform} and glibc ${facts.glibc} or newer, and there: sh ${shellWord(join(out, 'unpack.sh'))}`,
  );
}
