// The registry of what `aigc export --to` takes.
import type { ExportTarget } from './target';
import { web } from './web/web';

export const targets: readonly [ExportTarget, ...ExportTarget[]] = [web];
