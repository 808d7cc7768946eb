// Turns declared options into commander's flags.
import { type Command, Option as Flag } from 'commander';
import { flagName, type Option, type Options } from '../config/option';

/** Adds a flag for each option, under a heading of the help. Values stay words: config/resolve.ts checks them. */
export function addOptionFlags(command: Command, options: Options, heading?: string): void {
  for (const [name, option] of Object.entries(options)) {
    const value = option.kind === 'boolean' ? '' : ` <${option.placeholder}>`;
    const flag = new Flag(`${flagName(name)}${value}`, describe(option));
    if (heading) flag.helpGroup(heading);
    command.addOption(flag);
  }
}

/** The default is said in the help but not given to commander: a flag that was not given must stay absent. */
function describe({ description, default: fallback }: Option): string {
  return fallback === undefined ? description : `${description} (default: ${fallback})`;
}

/** The value of a flag among raw words, the last one as commander has it, for what must be known before they are parsed. */
export function peekFlag(argv: readonly string[], flag: string): string | undefined {
  let value: string | undefined;
  for (const [i, word] of argv.entries()) {
    if (word === flag) value = argv[i + 1];
    if (word.startsWith(`${flag}=`)) value = word.slice(flag.length + 1);
  }
  return value;
}
