// Opens one of NVIDIA's libraries in a process of its own: one that crashes, or prints, does so there.
import { parseJson } from '../json';
import { runProgram } from '../process/program';
import { processAddonPath } from '../tensor/native/location';

export type LibraryTrial =
  | { readonly opens: true /** Undefined where it does not tell. */; readonly version: string | undefined }
  | { readonly opens: false; readonly reason: string };

const timeoutMs = 60_000;

const script = `
try {
  console.log(JSON.stringify({ opens: true, version: require(process.argv[1]).openLibrary(...process.argv.slice(2)) || undefined }));
} catch ({ message }) {
  console.log(JSON.stringify({ opens: false, reason: message }));
}
process.kill(process.pid, 'SIGKILL'); // What a library does at an orderly end is not our concern.
`;

/**
 * @param build whose addon opens it
 * @param ask the function that tells its version: `cublasGetProperty`, `cudaRuntimeGetVersion`
 */
export async function tryLibrary(build: string, path: string, ask: string): Promise<LibraryTrial> {
  const words = ['-e', script, processAddonPath(build), path, ask];
  const outcome = await runProgram(process.execPath, words, { timeoutMs });
  try {
    return parseJson(outcome?.stdout ?? '') as LibraryTrial;
  } catch {
    return { opens: false, reason: `a process that opened it was ended by ${outcome?.signal}` };
  }
}
