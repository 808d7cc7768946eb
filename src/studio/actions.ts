// What the page may have done: each becomes a call of aigc, or a question to the process that trains.
import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Options } from '../config/option';
import { checkNames, idleAmong, type RawValues } from '../config/resolve';
import { findMetric } from '../metrics';
import { families } from '../models';
import type { Family } from '../models/family';
import { type Ask, askRun } from '../run/asks';
import { checkpointFolder } from '../run/checkpoint';
import { readRequest } from '../training/request';
import type { Check, RunDetail } from './api';
import { HttpError } from './failure';
import { resumes, sharedOptions } from './families';
import type { JobSpec } from './jobs';
import { isWithin } from './look';
import type { EvaluateBody, PlayBody, ResumeBody, StartBody } from './requests';
import { plainValues } from './run-row';
import type { RunWatch } from './run-watch';
import { optionWords, shownPath, typed } from './train-words';

export interface Planned {
  readonly check: Check;
  readonly job: JobSpec;
}

/**
 * What starting a run would be.
 * @param root the served folder @param taken ids of runs that are being started
 * @throws HttpError, UsageError that says which option cannot be used
 */
export async function planStart(root: string, body: StartBody, taken: readonly string[]): Promise<Planned> {
  const family = familyCalled(body.model);
  const options: Options = { ...sharedOptions, ...family.options };
  const values = given(body.options);
  checkNames(values, Object.keys(options), 'options');
  const run = body.name ?? freeName(root, family.name, taken);
  const path = join(root, run);
  checkInside(root, path);
  if (taken.includes(run)) throw new HttpError(409, `${run} is being started already.`);
  const request = await readRequest({ ...values, model: family.name, out: path }, undefined, family);
  const length =
    request.values.steps === undefined ? { epochs: request.values.epochs ?? family.defaultEpochs } : {};
  const { out: _out, resume: _resume, force: _force, dryRun: _dryRun, ...call } = request.call;
  const resolved = { ...request.values, ...call, ...request.options, ...length };
  const out = shownPath(path);
  const words = ['train', `--model=${family.name}`, ...optionWords(options, values), `--out=${out}`];
  return {
    check: {
      resolved: plainValues(resolved),
      idle: idleAmong(options, resolved),
      command: typed(words),
      run,
    },
    job: { kind: 'train', run, words, log: join(path, 'studio-train.log') },
  };
}

/** @throws HttpError, UsageError */
export function planResume(watch: RunWatch, detail: RunDetail, { options = {} }: ResumeBody): JobSpec {
  if (!detail.can.resume) throw notNow(detail, 'resumed');
  const family = familyCalled(detail.family);
  const own: Options = { ...sharedOptions, ...family.options };
  const changeable = Object.fromEntries(Object.entries(own).filter(([, option]) => resumes(option)));
  const values = given(options);
  checkNames(values, Object.keys(changeable), 'options of a run that goes on');
  const { path } = watch.folder;
  const words = ['train', '--resume', ...optionWords(changeable, values), `--out=${shownPath(path)}`];
  return { kind: 'resume', run: watch.id, words, log: join(path, 'studio-train.log') };
}

/** @throws HttpError, UsageError for a metric that is none */
export function planEvaluate(watch: RunWatch, detail: RunDetail, { step, metrics }: EvaluateBody): JobSpec {
  if (!detail.can.evaluate) throw notNow(detail, 'evaluated');
  for (const name of metrics ?? []) findMetric(name);
  const chosen = metrics === undefined ? [] : [`--metrics=${metrics.join(',')}`];
  const words = ['evaluate', '--json', `--checkpoint=${checkpointOf(watch, detail, step)}`, ...chosen];
  return { kind: 'evaluate', run: watch.id, words, log: join(watch.folder.path, 'studio-evaluate.log') };
}

export interface PlannedPage {
  readonly job: JobSpec;
  readonly key: string;
  readonly file: string;
}

/** The page of a checkpoint, in a folder of the studio's own; the same for a checkpoint that is the same.
 *  @throws HttpError */
export function planPlay(pages: string, watch: RunWatch, detail: RunDetail, { step }: PlayBody): PlannedPage {
  if (!detail.can.play) throw notNow(detail, 'played');
  const checkpoint = checkpointOf(watch, detail, step);
  const { mtimeMs, ino } = statSync(checkpoint);
  const key = createHash('sha256').update(`${checkpoint} ${ino} ${mtimeMs}`).digest('hex').slice(0, 32);
  const file = join(pages, `${key}.html`);
  const words = ['export', '--json', '--to=web', `--checkpoint=${checkpoint}`, `--out=${file}`];
  const log = join(pages, `${key}.log`);
  return { key, file, job: { kind: 'play', run: watch.id, words, log, url: `/play/${key}` } };
}

/** @returns what will be done @throws HttpError when nobody is at work there */
export async function ask(watch: RunWatch, detail: RunDetail, what: Ask): Promise<string> {
  const can = what === 'stop' ? detail.can.stop : detail.can.checkpoint;
  if (!can) throw notNow(detail, what === 'stop' ? 'stopped' : 'asked for a checkpoint');
  await askRun(watch.folder, what);
  return what === 'stop'
    ? 'The run ends after the step in hand, with a checkpoint.'
    : 'The run writes a checkpoint after the step in hand, and goes on.';
}

function notNow({ id, state }: RunDetail, done: string): HttpError {
  return new HttpError(409, `${id} cannot be ${done} now: it is ${state}.`);
}

/** Of aigc's own alone: a file that defines another is run only where a person names it in a shell. */
function familyCalled(name: string): Family {
  const family = families.find((one) => one.name === name);
  if (family) return family;
  throw new HttpError(400, `There is no model family "${name}" that a page may start.`);
}

const given = (values: RawValues): RawValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

function freeName(root: string, family: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = `${family}-${number}`;
    if (!taken.includes(name) && !existsSync(join(root, name))) return name;
  }
}

/** @throws HttpError when a link on the way leads out of the served folder */
function checkInside(root: string, path: string): void {
  let above = path;
  while (!existsSync(above)) above = dirname(above);
  const [real, whole] = [realpathSync(above), realpathSync(root)];
  if (real === whole || isWithin(whole, real)) return;
  throw new HttpError(400, 'That folder is a link out of the served one.');
}

/** @throws HttpError when the run has no checkpoint of that step */
function checkpointOf(watch: RunWatch, { checkpoints, id }: RunDetail, step: number | undefined): string {
  const found = step === undefined ? checkpoints[0] : checkpoints.find((one) => one.step === step);
  if (!found) throw new HttpError(404, `${id} has no checkpoint of step ${step}.`);
  return shownPath(checkpointFolder(watch.folder.checkpoints, found.step));
}
