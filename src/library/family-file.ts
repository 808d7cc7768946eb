// Loads a model family from a file outside of aigc: `--model ./my-family.js`. Only a file that the user names is ever run;
// what a checkpoint or a run says of one is for people to read.
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../errors';
import { familyNames } from '../models';
import type { Family } from '../models/family';
import { readWhole } from '../read-file';
import * as toolkit from './family';

/** What a command line may call a model that is no name of ours. */
export function isFamilyFile(word: string): boolean {
  return /[/\\]|\.[cm]?js$/i.test(word);
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
    const exported = await loadModule(whole);
    const chosen = exported.default ?? exported.family ?? exported;
    return typeof chosen === 'function' ? await chosen(toolkit) : chosen;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UsageError(`${path} cannot be loaded as a model family: ${reason}`, {
      hint: exportHint,
      cause,
    });
  }
}

/** By `require`, which also knows modules of ECMAScript from Node 22.12 on; else by an import that TypeScript leaves one. */
async function loadModule(whole: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return require(whole);
  } catch (error) {
    if (!isEsm(error)) throw error;
    const nativeImport = new Function('url', 'return import(url)');
    return nativeImport(pathToFileURL(whole).href);
  }
}

function isEsm(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return (
    code === 'ERR_REQUIRE_ESM' ||
    (error instanceof SyntaxError && /\b(import statement|token 'export'|import\.meta)/.test(error.message))
  );
}
