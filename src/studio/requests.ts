// What the page may ask for, checked: the bodies of its POSTs, by the names of api.ts.
import { z } from 'zod';
import { recordOf } from '../json';
import { HttpError } from './failure';
import { ownFolders } from './scanner';

const optionValue = z.union([z.number(), z.string().max(4096), z.boolean(), z.null()]);
const run = z.string().max(4096);
const step = z.number().int().nonnegative();

/** Of a new run below the served folder: up to eight names with `/` between them. None begins with a dot or a dash, or is
 *  what a run's own folders are called. */
const folderName = z
  .string()
  .max(200)
  .refine((name) => name.split('/').length <= 8 && name.split('/').every(isFolderName), {
    message: 'expected names of letters, digits and ". _ - + =", with "/" between them',
  });

const isFolderName = (name: string) =>
  /^[\p{L}\p{N}_](?:[\p{L}\p{N}._+= -]*[\p{L}\p{N}_+=-])?$/u.test(name) && !ownFolders.includes(name);

export const startBody = z.object({
  model: z.string().max(100),
  options: recordOf(optionValue),
  name: folderName.optional(),
});
export const runBody = z.object({ run });
export const resumeBody = z.object({ run, options: recordOf(optionValue).optional() });
export const evaluateBody = z.object({
  run,
  step: step.optional(),
  metrics: z.array(z.string().max(100)).min(1).max(100).optional(),
});
export const playBody = z.object({ run, step: step.optional() });
export const jobBody = z.object({ job: z.string().max(100) });

export type StartBody = z.infer<typeof startBody>;
export type ResumeBody = z.infer<typeof resumeBody>;
export type EvaluateBody = z.infer<typeof evaluateBody>;
export type PlayBody = z.infer<typeof playBody>;

/** @throws HttpError 400 that says which field is wrong, and how */
export function checkBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HttpError(400, `"${issue?.path.join('.') ?? ''}" cannot be used: ${issue?.message}.`);
}
