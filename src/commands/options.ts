// Turns declared options into commander's flags.
import { type Command, Option as Flag } from 'commander';
import { negated } from '../config/command-line';
import { flagName, type Option, type Options } from '../config/option';

/** Adds a flag for each option, under a heading of the help. Values stay words: config/resolve.ts checks them. */
export function addOptionFlags(command: Command, options: Options, heading?: string): void {
  for (const [name, option] of Object.entries(options)) {
    for (const flag of flagsOf(name, option)) command.addOption(heading ? flag.helpGroup(heading) : flag);
  }
}

/** What is on unless it is switched off has a flag for that; the other, for who goes on with a run, is not in the help. */
function flagsOf(name: string, option: Option): Flag[] {
  if (option.kind === 'boolean' && option.default === true)
    return [new Flag(flagName(name)).hideHelp(), new Flag(flagName(negated(name)), option.description)];
  const value = option.kind === 'boolean' ? '' : ` <${option.placeholder}>`;
  return [new Flag(`${flagName(name)}${value}`, describe(option))];
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
