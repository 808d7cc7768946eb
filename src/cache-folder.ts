// Where aigc keeps what can be had again: TensorFlow, data sets, feature networks.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder where aigc keeps what can be had again; `AIGC_CACHE_DIR` overrides the system's usual place. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.AIGC_CACHE_DIR) return env.AIGC_CACHE_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'aigc');
  if (process.platform === 'win32') {
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'aigc', 'Cache');
  }
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aigc');
}
