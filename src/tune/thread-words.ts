// How many threads a trial computes with.
import { takesThreads } from '../tensor';

/** Trials that run at the same time share the cores: threads that wait for a core keep the others of their trial waiting. */
export function threadWords(
  { parallel, backend }: { readonly parallel: number; readonly backend: string | undefined },
  cores: number,
  always = false,
): string[] {
  if ((parallel === 1 && !always) || !takesThreads(backend ?? 'auto')) return [];
  return ['--threads', String(Math.max(1, Math.floor(cores / parallel)))];
}
