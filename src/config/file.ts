// Configuration files: what `--config` names, a JSON object of options or a run.json.
import { z } from 'zod';
import { UsageError } from '../errors';
import { parseJson, recordOf } from '../json';
import { readText } from '../read-file';
import type { RawValues } from './resolve';

export interface ConfigFile {
  readonly path: string;
  /** By the options' camelCase names. */
  readonly values: RawValues;
  /** Whether the values are all that a run had in the end, completed by defaults, and not what was asked for: so in a
   *  run.json of an aigc that did not keep these apart. */
  readonly completed: boolean;
}

/** @throws DataError when it cannot be read; UsageError when it is no such file */
export function readConfigFile(path: string): ConfigFile {
  const text = readText(path);
  const object = recordOf(z.unknown());
  try {
    const content = object.parse(parseJson(text));
    const [asked, config] = [object.safeParse(content.asked), object.safeParse(content.config)];
    if (config.success && asked.success) return { path, values: asked.data, completed: false };
    return config.success
      ? { path, values: config.data, completed: true }
      : { path, values: content, completed: false };
  } catch (cause) {
    throw new UsageError(`${path} (--config) is not a JSON object of options.`, {
      hint: 'Write it like {"model": "gan", "epochs": 5}, or name a run.json.',
      cause,
    });
  }
}
