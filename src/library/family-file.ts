// Loads a model family from a file outside of aigc: `--model ./my-family.js`. Only a file that the user names is ever run;
// what a checkpoint or a run says of one is for people to read.
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../errors';
import { familyNames, findFamily } from '../models';
import type { Family } from '../models/family';
import { nativeImport } from '../native-import';
import { readWhole } from '../read-file';
import * as toolkit from './family';

/** What a command line may call a model that is no name of ours. */
function isFamilyFile(word: string): boolean {
  return /[/\\]|\.[cm]?js$/i.test(word);
}

/** The family that a word names: one of aigc's, or a file. @throws UsageError, DataError */
export async function familyOf(word: string): Promise<Family> {
  return isFamilyFile(word) ? loadFamily(word) : findFamily(word);
}

const maxFileBytes = 2 ** 24;

/** What must be there for the rest of aigc to work with it; what is wrong inside, its first step tells. */
const familySchema = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/, 'must be of small letters, digits and "-"'),
  summary: z.string(),
  papers: z.array(z.object({ title: z.string(), url: z.string() })),
  options: z
    .record(
      z.string(),
      z.object({ kind: z.string(), description: z.string(), schema: z.instanceof(z.ZodType) }),
    )
    .refine((options) => Object.hasOwn(options, 'batchSize'), 'must have a batchSize'),
  defaultEpochs: z.number().int().positive(),
  pixelRange: z.enum(['zero-one', 'minus-one-one']),
  create: z.function(),
});

/**
 * Loads a family from a file of JavaScript, CommonJS or ESM, that exports it, or a function which makes it of 'aigc/family'.
 * @throws DataError when the file cannot be read; UsageError when it fails, or exports no family
 */
export async function loadFamily(path: string): Promise<Family> {
  const whole = resolve(path);
  const sha256 = createHash('sha256')
    .update(await readWhole(whole, maxFileBytes))
    .digest('hex');
  const family = await exportedFamily(whole, path);
  const found = familySchema.safeParse(family);
  if (!found.success) {
    const [issue] = found.error.issues;
    const place = issue?.path.join('.') || 'what it exports';
    throw new UsageError(`${path} exports no model family: ${place}: ${issue?.message}.`, {
      hint: exportHint,
    });
  }
  const { name } = found.data;
  if (familyNames.includes(name)) {
    throw new UsageError(`${path} calls its family ${name}, as one of aigc's own.`, {
      hint: 'Give it another name: its checkpoints are told by it.',
    });
  }
  return { ...(family as Family), file: { name: basename(whole), sha256 } };
}

const exportHint =
  'Export a family, or a function that makes one: module.exports = ({ defineFamily }) => defineFamily({ … }); see docs/api.md.';

async function exportedFamily(whole: string, path: string): Promise<unknown> {
  try {
    const { default: main, family } = (await nativeImport(pathToFileURL(whole).href)) as Exported;
    const chosen = family ?? (main as Exported | undefined)?.family ?? main;
    return typeof chosen === 'function' ? await chosen(toolkit) : chosen;
  } catch (cause) {
    const [reason] = String((cause as Error | undefined)?.message ?? cause).split('\n');
    throw new UsageError(`${path} cannot be loaded as a model family: ${reason}`, {
      hint: exportHint,
      cause,
    });
  }
}

/** CommonJS comes as the default export. */
interface Exported {
  readonly default?: unknown;
  readonly family?: unknown;
}
