// Gets the JavaScript side and the C++ source of the addon through npm, which knows the user's registry and proxies.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackendError } from '../errors';
import { requireSuccess, runProgram } from '../process/program';
import { sharedTfjs } from '../tensor/native/addon';

/** The packages that a build takes from npm, and the checksums that npm must have found. */
const packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> = {
  '@tensorflow/tfjs-node-gpu': {
    version: '4.22.0',
    integrity:
      'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
  },
  'google-protobuf': {
    version: '3.21.4',
    integrity:
      'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
  },
  'node-api-headers': {
    version: '1.5.0',
    integrity:
      'sha512-Yi/FgnN8IU/Cd6KeLxyHkylBUvDTsSScT0Tna2zTrz8klmc8qF2ppj6Q1LHsmOueJWhigQwR4cO2p0XBGW5IaQ==',
  },
};

/** What the addon asks for when it is installed or built as its authors do; we do neither. */
const unused = [
  '@mapbox/node-pre-gyp',
  '@tensorflow/tfjs',
  'adm-zip',
  'https-proxy-agent',
  'progress',
  'rimraf',
  'tar',
];

/** What the addon's JavaScript imports, and finds in our copy of tfjs-core: one engine in the process. */
const shared = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];

/**
 * Fills `folder`/node_modules.
 * @throws BackendError when npm is missing, fails, or brings other bytes than we know
 */
export async function installJavaScript(folder: string, signal: AbortSignal): Promise<void> {
  const stub = join(folder, 'unused');
  await mkdir(stub, { recursive: true });
  await writeFile(join(stub, 'package.json'), JSON.stringify({ name: 'unused', version: '0.0.0' }));
  const dependencies = Object.fromEntries(
    Object.entries(packages).map(([name, { version }]) => [name, version]),
  );
  const overrides = Object.fromEntries(unused.map((name) => [name, 'file:./unused']));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }));
  const words = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefix',
    folder,
  ];
  const outcome = await runProgram('npm', words, { cwd: folder, signal });
  requireSuccess(
    outcome,
    'Installing the addon with npm',
    'Check the network and `npm config list`; npm comes with Node.',
  );
  await verifyIntegrity(folder);
  for (const name of unused) await rm(join(folder, 'node_modules', name), { recursive: true, force: true });
  for (const name of shared) await writeShared(join(folder, 'node_modules', name), name);
  await rm(stub, { recursive: true });
}

async function verifyIntegrity(folder: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string } | undefined>;
  };
  for (const [name, { integrity, version }] of Object.entries(packages)) {
    const found = lock.packages[`node_modules/${name}`]?.integrity;
    if (found === integrity) continue;
    throw new BackendError(
      `Expected ${name} ${version} with checksum ${integrity}, got ${found ?? 'none'}.`,
      {
        hint: 'The npm registry in use serves another file under this name: check `npm config get registry`.',
      },
    );
  }
}

async function writeShared(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await mkdir(dirname(folder), { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name, version: '4.22.0', main: 'index.js' }),
  );
  await writeFile(
    join(folder, 'index.js'),
    `// aigc's own copy of tfjs-core: one engine in the process.\nmodule.exports = globalThis[Symbol.for('${sharedTfjs}')];\n`,
  );
}
