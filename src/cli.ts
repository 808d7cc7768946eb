// Builds the commander program from the command registry, runs it, and turns every outcome into an exit code.
import { Command, CommanderError, Help, type HelpConfiguration } from 'commander';
import { commands } from './commands';
import type { CommandContext } from './commands/command';
import { AigcError, didYouMean, exitCodes, UsageError } from './errors';
import { fileError, isWorkingFolderGone } from './file-error';
import { version } from './version';
import { printable, printableLine } from './words';

/** Where a command line writes: a process has both, and tests bring their own. */
interface StandardStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Runs one command line.
 * @param argv the words after `aigc`
 * @returns the exit code, see `exitCodes`
 */
export async function main(argv: readonly string[], streams: StandardStreams = process): Promise<number> {
  const outputFailure = watchOutput(streams);
  const context: CommandContext = {
    stdout: (line) => void streams.stdout.write(`${printable(line)}\n`),
    stderr: (line) => void streams.stderr.write(`${printable(line)}\n`),
    terminal: streams === process && process.stderr.isTTY ? process.stderr : undefined,
    argv: argv.slice(1),
  };
  try {
    const program = await buildProgram(argv[0], context, streams);
    // Throws where the working folder was removed, before anything is started; help and the version need none.
    if (isCommand(argv[0])) process.cwd();
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    await new Promise((resolve) => streams.stdout.write('', resolve));
    if (outputFailure() !== undefined) throw outputFailure();
    return exitCodes.ok;
  } catch (error) {
    return report(error, argv, context);
  }
}

function isCommand(word: string | undefined): boolean {
  return commands.some(({ name }) => name === word);
}

async function buildProgram(
  called: string | undefined,
  context: CommandContext,
  streams: StandardStreams,
): Promise<Command> {
  const program = new Command('aigc')
    .description('Train GANs and VAEs on MNIST-style images, and draw with them.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nExample:\n  $ aigc train --model gan --epochs 5\n  $ aigc sample --checkpoint ./ckpt --grid 8x8 --out samples.png' +
        '\n\n`aigc COMMAND --help` shows the flags of a command.',
    );
  for (const entry of commands) {
    const command = program.command(entry.name).description(entry.summary);
    if (entry.name === called) await (await entry.load()).configure(command, context);
  }
  quietly(program, streams);
  const names = commands.map((entry) => entry.name);
  if (called !== undefined && !called.startsWith('-') && !names.includes(called)) {
    throw new UsageError(`"${called}" is not a command of aigc.`, { hint: didYouMean(called, names) });
  }
  return program;
}

/** Columns of help's left side; what is longer has a line of its own, and its description starts on the next. */
const termColumns = 34;

const helpLayout: HelpConfiguration = {
  padWidth: (command, helper) => Math.min(termColumns, Help.prototype.padWidth.call(helper, command, helper)),
  formatItem: (term, width, description, helper) => {
    const format = (left: string) => Help.prototype.formatItem.call(helper, left, width, description, helper);
    return description && helper.displayWidth(term) > width ? `  ${term}\n${format('')}` : format(term);
  },
};

/** Makes commander throw instead of exiting, for the command and those below it; errors are printed by `report`. */
function quietly(command: Command, streams: StandardStreams): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      outputError: () => undefined,
    })
    .configureHelp(helpLayout);
  command.showSuggestionAfterError(true);
  for (const below of command.commands) quietly(below, streams);
}

/** Prints an error for the user, or a stack for us, and returns the exit code. */
function report(error: unknown, argv: readonly string[], context: CommandContext): number {
  const known = knownError(error, argv);
  if (known === undefined) return exitCodes.ok;
  const json = argv.includes('--json');
  if (!(known instanceof AigcError)) {
    const stack = known instanceof Error ? (known.stack ?? known.message) : String(known);
    if (json)
      context.stdout(JSON.stringify({ event: 'error', exitCode: exitCodes.bug, message: String(known) }));
    context.stderr(`aigc ${version} met a bug of its own, please report it with this:\n${stack}`);
    return exitCodes.bug;
  }
  const { exitCode, name, message, hint } = known;
  if (json) context.stdout(JSON.stringify({ event: 'error', exitCode, name, message, hint }));
  context.stderr(printableLine(`${known.label}: ${message}`));
  if (hint) context.stderr(printableLine(`  ${hint}`));
  return exitCode;
}

function knownError(error: unknown, argv: readonly string[]): unknown {
  if (error instanceof CommanderError) return fromCommander(error, argv);
  return isWorkingFolderGone(error) ? fileError(error, '.', 'read') : error;
}

/** Undefined for help and version, which are no errors. */
function fromCommander(error: CommanderError, argv: readonly string[]): UsageError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '');
  const command = isCommand(argv[0]) ? `aigc ${argv[0]}` : 'aigc';
  return new UsageError(`${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`, {
    hint: suggestion || `See \`${command} --help\`.`,
  });
}

/**
 * `aigc … | head` closes our output and a closed terminal our stderr: work in hand goes on, unheard.
 * @returns asks for what kept results from being written, such as a full disk
 */
function watchOutput({ stdout, stderr }: StandardStreams): () => unknown {
  let failure: unknown;
  stderr.on('error', () => undefined);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= fileError(error, 'standard output', 'write');
  });
  return () => failure;
}
