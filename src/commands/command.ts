// The shape of a command's file, and where a command writes.
import type { Command } from 'commander';

export interface CommandContext {
  /** One line of result. */
  stdout(line: string): void;
  /** One line of progress, warning or error. */
  stderr(line: string): void;
  /** Whether a person watches stderr: progress bars are drawn only then. */
  readonly isTerminal: boolean;
  /** The words after the command's name, for options that depend on other options. */
  readonly argv: readonly string[];
}

export interface CommandModule {
  /** Adds the command's options, help and action. */
  configure(command: Command, context: CommandContext): void;
}

/** Where one run of a command writes, as `--json` and `--quiet` ask. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** A result: `line` for people, or `event` as one JSON object a line under --json. Both go to stdout. */
  result(event: Readonly<Record<string, unknown>>, line: string): void;
  /** Progress for people, on stderr; nothing under --quiet. Under --json `event`, if any, goes to stdout. */
  progress(line: string, event?: Readonly<Record<string, unknown>>): void;
  /** What must not be missed, on stderr, also under --quiet. Under --json a "warning" event goes to stdout too. */
  warn(line: string): void;
}

/** Adds `--json` and `--quiet`, which every command that does something has. */
export function addOutputFlags(command: Command): Command {
  return command
    .option('--json', 'write one JSON object a line to stdout, and nothing else')
    .option('--quiet', 'no progress, only results, warnings and errors');
}

/** Reads the two flags back from the parsed options. */
export function openOutput(
  context: CommandContext,
  flags: { readonly json?: boolean; readonly quiet?: boolean },
): Output {
  const json = flags.json ?? false;
  const quiet = flags.quiet ?? false;
  const emit = (event: Readonly<Record<string, unknown>>) => context.stdout(JSON.stringify(event));
  return {
    json,
    quiet,
    result: (event, line) => (json ? emit(event) : context.stdout(line)),
    progress: (line, event) => {
      if (json && event) emit(event);
      if (!json && !quiet) context.stderr(line);
    },
    warn: (line) => {
      if (json) emit({ event: 'warning', message: line });
      context.stderr(`warning: ${line}`);
    },
  };
}
