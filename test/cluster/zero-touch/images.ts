import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { DEPLOYMENT_IMAGES } from '../../../src/kinds/model-deployment/settings';
import { SERVICES } from '../../tools/python';
import { Workplace, writePackage } from '../../tools/supply-chain/workplace';
import type { Images, Program } from './process-kubelet';

const SERVICE = path.join(SERVICES, 'inference');

/**
 * The files of the image of the inference service, as its Dockerfile has them, but for the interpreter and the code of the packages, of which
 * there is what pip says of them: the same packages in the same versions are in the environment of `services/inference/requirements.txt`.
 */
export function serviceFiles(root: string): void {
  fs.cpSync(path.join(SERVICE, 'src'), path.join(root, 'app/src'), {
    recursive: true,
    filter: (file) => path.basename(file) !== '__pycache__',
  });
  const packages = fs.readFileSync(path.join(SERVICE, 'image/requirements.txt'), 'utf8');
  for (const [, name, version] of packages.matchAll(/^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)/gm)) {
    writePackage(path.join(root, 'app/lib/python3.11/site-packages'), name, version);
  }
}

/** What the Dockerfile says of the image, as `crane mutate` takes it. */
export const SERVICE_CONFIG = [
  '--entrypoint=python,-m,inference_service',
  ...[
    'PYTHONPATH=/app/src',
    'PYTHONDONTWRITEBYTECODE=1',
    'PYTHONUNBUFFERED=1',
    'HOME=/tmp',
    'ORT_DISABLE_TELEMETRY=1',
  ].map((variable) => `--env=${variable}`),
];

/** What the images of the jobs and of the models are on this machine. */
export function imagesOf(workplace: Workplace, python: string): Images {
  const found = new Map<string, Promise<Program>>();
  const plain = { PATH: workplace.environment.PATH };
  return (image) => {
    if (image === DEPLOYMENT_IMAGES.cosign) return Promise.resolve({ entrypoint: ['cosign'], env: plain, folders: {} });
    // the jobs need Python alone
    if (image === DEPLOYMENT_IMAGES.python)
      return Promise.resolve({ entrypoint: ['python3'], env: plain, folders: {} });
    const served = found.get(image) ?? unpacked(workplace, python, image);
    found.set(image, served);
    return served;
  };
}

interface ImageConfig {
  readonly config: { readonly Entrypoint: readonly string[]; readonly Env?: readonly string[] };
}

/** An image of a model: what its layers have, pulled by its digest. */
async function unpacked(workplace: Workplace, python: string, image: string): Promise<Program> {
  const root = path.join(workplace.folder, 'pulled', image.replace(/[^A-Za-z0-9]/g, '-'));
  fs.mkdirSync(root, { recursive: true });
  const archive = `${root}.tar`;
  await workplace.program('crane', 'export', image, archive);
  execFileSync('tar', ['--extract', '--no-same-owner', '--file', archive, '--directory', root]);
  const { config } = JSON.parse(await workplace.program('crane', 'config', image)) as ImageConfig;
  const variables = (config.Env ?? []).map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]);
  return {
    entrypoint: config.Entrypoint,
    env: {
      ...(Object.fromEntries(variables) as { [name: string]: string }),
      PATH: `${path.dirname(python)}:${process.env.PATH ?? ''}`,
      // what the service takes where nothing is set
      MODEL_URI: '/model',
    },
    folders: { '/app': path.join(root, 'app'), '/model': path.join(root, 'model') },
  };
}
