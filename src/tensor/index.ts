// The registry of tensor backends, best first, and the choice among them.
import { BackendError, didYouMean, UsageError } from '../errors';
import type { Availability, Backend, CardUse } from './backend';
import { cpu } from './cpu';
import { cuda } from './cuda';
import { native } from './native';
import { wasm } from './wasm';

export const backends: readonly Backend[] = [cuda, native, wasm, cpu];

export const backendNames: readonly string[] = ['auto', ...backends.map((backend) => backend.name)];

/** Whether it can be told how many threads may compute. @param asked `auto` or a backend's name */
export function takesThreads(asked: string): boolean {
  return (
    asked === 'auto' || backends.some(({ name, setThreads }) => name === asked && setThreads !== undefined)
  );
}

export interface ChosenBackend {
  readonly backend: Backend;
  readonly detail: string;
}

/**
 * Starts the backend that was asked for, or the best that works.
 * @param asked `auto` or a backend's name
 * @param threads how many may compute, for backends that take a number; all cores when left out
 * @param card for the backend of a GPU
 * @param earlier the one that `auto` takes where it works: what a run began on
 * @throws UsageError for a name that there is not; BackendError when the backend asked for does not work
 */
export async function startBackend(
  asked: string,
  threads?: number,
  card: CardUse = {},
  earlier?: string,
): Promise<ChosenBackend> {
  if (!backendNames.includes(asked)) {
    throw new UsageError(`There is no backend "${asked}" (--backend).`, {
      hint: didYouMean(asked, backendNames),
    });
  }
  for (const backend of backends) {
    backend.setThreads?.(threads);
    backend.setCard?.(card);
  }
  const chosen = asked === 'auto' ? await bestBackend(earlier) : await askedBackend(asked);
  await chosen.backend.start();
  return chosen;
}

/** The first of the registry that works here. @param preferred the name of one that comes before it */
async function bestBackend(preferred: string | undefined): Promise<ChosenBackend> {
  const reasons: string[] = [];
  const isFirst = ({ name }: Backend) => name === preferred;
  for (const backend of [...backends.filter(isFirst), ...backends]) {
    const found = await backend.check();
    if (found.available) return { backend, detail: found.detail };
    reasons.push(`${backend.name}: ${found.reason}`);
  }
  throw new BackendError(`No backend works here. ${reasons.join('; ')}.`, {
    hint: 'Run `aigc backend doctor`.',
  });
}

async function askedBackend(name: string): Promise<ChosenBackend> {
  const backend = backends.find((candidate) => candidate.name === name) as Backend;
  const found: Availability = await backend.check();
  if (!found.available) {
    throw new BackendError(`The backend ${name} does not work here: ${found.reason}.`, {
      hint: found.remedy,
    });
  }
  return { backend, detail: found.detail };
}
