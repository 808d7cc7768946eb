// Tries every backend, and says of each that does not work what would make it.
import { requireCompiler } from '../backend-install/compile';
import { type ChildReport, probeInChild } from '../backend-install/try-backend';
import { defaultVersion, requestFor } from '../backend-install/wheels';
import { AigcError } from '../errors';
import { findProgram } from '../process/program';
import { backends } from '../tensor';
import { findInstallation } from '../tensor/native/location';
import { type CudaReport, reportCuda } from './cuda-report';
import { diagnoseGpu } from './gpu';

export type Examined = ChildReport & {
  /** Of `cuda` alone. */
  readonly gpu?: CudaReport;
};

/** Tries one backend after the other, each in a process of its own. The log is TensorFlow's whole one. */
export async function* examine(): AsyncGenerator<Examined> {
  for (const { name } of backends) {
    const report = await probeInChild(name, { TF_CPP_MIN_LOG_LEVEL: '0' });
    const installation = findInstallation();
    if (name === 'cuda') {
      const gpu = await reportCuda(installation);
      const diagnosis = report.works ? undefined : diagnoseGpu(installation, gpu);
      yield { ...report, ...diagnosis, gpu };
    } else yield report.works ? report : await explain(report, installation !== undefined);
  }
}

async function explain(report: ChildReport & { works: false }, isInstalled: boolean): Promise<ChildReport> {
  if (report.backend !== 'native' || isInstalled) return report;
  const obstacles = await installObstacles();
  return obstacles.length === 0
    ? report
    : { ...report, remedy: `${obstacles.join(' ')} Then run \`aigc backend install\`.` };
}

/** What `aigc backend install` would stumble over here, as what to do about it. */
async function installObstacles(): Promise<string[]> {
  const obstacles: string[] = [];
  try {
    requestFor('cpu', defaultVersion);
    await requireCompiler();
  } catch (error) {
    if (!(error instanceof AigcError)) throw error;
    obstacles.push(`${error.message} ${error.hint ?? ''}`.trim());
  }
  if (!(await findProgram(['python3', 'python']))) {
    obstacles.push('Install Python 3 with pip, or bring a wheel from elsewhere (--wheel).');
  }
  return obstacles;
}
