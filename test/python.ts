// A Python that a test asks what others make of our files.
import { spawnSync } from 'node:child_process';

/** Of AIGC_PYTHON, where it is set. */
export const python = process.env.AIGC_PYTHON ?? 'python3';

/**
 * Whether that Python has some modules; says what is skipped where it has not: CI has none of them.
 * @param modules as `import` takes them
 * @param skipped what is not tested then, in words
 */
export function hasPython(modules: string, skipped: string): boolean {
  if (spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0) return true;
  console.warn(`SKIPPED: ${skipped}: ${python} (AIGC_PYTHON) has no ${modules}.`);
  return false;
}
