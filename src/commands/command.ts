// The shape of a command's file, and the flags that all have.
import type { Command } from 'commander';
import type { Streams } from '../output';

export interface CommandContext extends Streams {
  /** The words after the command's name, for options that depend on other options. */
  readonly argv: readonly string[];
}

export interface CommandModule {
  /** Adds the command's options, help and action. */
  configure(command: Command, context: CommandContext): void;
}

/** Adds `--json` and `--quiet`, which every command that does something has. */
export function addOutputFlags(command: Command): Command {
  return command
    .option('--json', 'write one JSON object a line to stdout, and nothing else')
    .option('--quiet', 'no progress, only results, warnings and errors');
}
