// The version of aigc, as package.json has it; written into every run and checkpoint.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const packageFile = join(__dirname, '..', 'package.json');

export const version: string = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
