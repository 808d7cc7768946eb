// The shape of a command's file, and the flags that all have.
import type { Command } from 'commander';
import { didYouMean, UsageError } from '../errors';
import type { Streams } from '../output';

export interface CommandContext extends Streams {
  /** The words after the command's name, for options that depend on other options. */
  readonly argv: readonly string[];
}

export interface CommandModule {
  /** Adds the command's options, help and action. */
  configure(command: Command, context: CommandContext): void | Promise<void>;
}

/** Adds `--json` and `--quiet`, which every command that does something has. */
export function addOutputFlags(command: Command): Command {
  return command
    .option('--json', 'write one JSON object a line to stdout, and nothing else')
    .option('--quiet', 'no progress, only results, warnings and errors');
}

/** A command below another, such as `aigc data get`, with an example of its call in its help. */
export function addSubcommand(command: Command, usage: string, summary: string, example: string): Command {
  return addOutputFlags(command.command(usage).description(summary)).addHelpText(
    'after',
    `\nExample:\n  $ aigc ${command.name()} ${example}`,
  );
}

/** Commander would say "too many arguments" to a mistyped word. @param names of the commands below */
export function refuseOthers(command: Command, names: readonly string[]): void {
  command
    .usage('COMMAND')
    .argument('[WORD]')
    .action((word: string | undefined) => {
      if (word === undefined) command.help();
      throw new UsageError(`"${word}" is not a command of aigc ${command.name()}.`, {
        hint: didYouMean(word ?? '', names),
      });
    });
}
