// The NVIDIA cards that the driver names, and what TensorFlow 2.21 has for each.
import { runProgram } from '../process/program';

export interface Card {
  readonly name: string;
  /** The version of the card's instructions: `8.9`. Undefined where an old driver does not tell. */
  readonly capability: string | undefined;
  readonly driver: string;
  readonly memory: string;
  /** What will happen on it, where that is not simply that it works. */
  readonly note: string | undefined;
}

/** TensorFlow 2.21's wheel holds machine code for 6.0, 7.0, 8.0 and 8.9, and PTX of 9.0, which the driver compiles. */
const oldest = 6;
const newestCompiled = 8.9;

/** @returns undefined when no driver answers */
export async function findCards(): Promise<Card[] | undefined> {
  const fields = 'name,driver_version,memory.total,compute_cap';
  // Drivers before 510 know no compute_cap.
  const text = (await ask(fields)) ?? (await ask(fields.replace(',compute_cap', '')));
  return text?.split('\n').flatMap((line) => {
    const [name, driver, memory, capability] = line.split(', ').map((word) => word.trim());
    if (!name || !driver) return [];
    return [{ name, driver, memory: memory ?? '', capability, note: noteOn(capability) }];
  });
}

async function ask(fields: string): Promise<string | undefined> {
  const words = [`--query-gpu=${fields}`, '--format=csv,noheader'];
  const outcome = await runProgram('nvidia-smi', words, { timeoutMs: 20_000 });
  return outcome?.exitCode === 0 && outcome.stdout.trim() !== '' ? outcome.stdout.trim() : undefined;
}

function noteOn(capability: string | undefined): string | undefined {
  const value = Number(capability);
  if (value < oldest)
    return `too old: TensorFlow 2.21 has code from compute capability ${oldest}.0 on; use native`;
  if (value <= newestCompiled || Number.isNaN(value)) return undefined;
  return (
    'newer than TensorFlow 2.21’s machine code: the driver compiles its PTX of 9.0 at the first start, which can take ' +
    'minutes, and keeps it in ~/.nv/ComputeCache (CUDA_CACHE_PATH); set CUDA_CACHE_MAXSIZE=4294967296 so that all fits'
  );
}
