// Options that several commands have.
import { didYouMean, UsageError } from '../errors';
import { boolean, choice, integer, type Role, text } from './option';

export const backendOption = choice(['auto', 'cuda', 'native', 'wasm', 'cpu'], {
  description: 'what computes; auto takes the best that works (also AIGC_BACKEND)',
  default: 'auto',
  role: 'call',
});

export const threadsOption = integer({
  description: 'threads that compute, on wasm (default: the cores this process may use)',
  why: 'the results are the same for any number',
  min: 1,
  max: 64,
  role: 'call',
  onlyWith: { backend: ['auto', 'wasm'] },
});

export const seedOption = integer({
  description: 'where all randomness comes from',
  default: 1,
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
});

export const provenanceOption = boolean({
  description: 'leave out what is said in each file of how it was made',
  why: 'what a model drew should be known for it wherever it goes',
  default: true,
  role: 'words',
});

const gridShape = {
  placeholder: 'RxC',
  pattern: /^[1-9]\d{0,2}x[1-9]\d{0,2}$/,
  expected: 'rows and columns such as 10x10, of at most 999',
} as const;

/** @param fallback the default, when there is one */
export const gridOption = <
  S extends { readonly description: string; readonly default?: string; readonly role?: Role },
>(
  spec: S,
) => text({ ...gridShape, ...spec });

export function parseGrid(grid: string): { readonly rows: number; readonly columns: number } {
  const [rows, columns] = grid.split('x').map(Number);
  return { rows: rows as number, columns: columns as number };
}

/**
 * What the environment says of options, below a configuration file and flags.
 * @throws UsageError when AIGC_BACKEND is no backend
 */
export function environmentValues(): Readonly<Record<string, unknown>> {
  const backend = process.env.AIGC_BACKEND;
  if (!backend) return {};
  if (backendOption.schema.safeParse(backend).success) return { backend };
  throw new UsageError(`AIGC_BACKEND must be ${backendOption.expected}, got "${backend}".`, {
    hint: didYouMean(backend, backendOption.choices ?? []),
  });
}
