/** Stores that pods of the tests read and write: what plays S3, and a real server with Valkey's protocol and users. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

import type { KubernetesObject } from '../cluster/types';
import { redisProgram } from '../tools/redis';
import { type Image, librariesOf } from './images';
import { plainPod, REQUESTS } from './objects';
import { pythonEnvironment, pythonImage } from './python-images';

const S3_IMAGE = 'registry.example.com/moto:1.0';
const CACHE_IMAGE = 'registry.example.com/redis:1.0';
/** Packages of the environment that moto does without. */
const UNUSED = ['pyarrow', 'scipy', 'scipy.libs', 'pandas', 'mlflow', 'sklearn', 'matplotlib', 'numpy', 'numpy.libs'];

/** Where a store is. */
interface StoreOptions {
  readonly namespace: string;
  /** Labels by which policies and its Service know it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** A stand-in for S3: moto, which answers as S3 does and asks for no particular key; and the path of its Python, which has boto3. */
export async function s3Image(): Promise<{ readonly image: Image; readonly python: string }> {
  const environment = await pythonEnvironment('model-jobs', UNUSED);
  return { image: pythonImage(S3_IMAGE, environment), python: environment.python };
}

/** The pod of S3; it is called `s3`. */
export function s3Server({ port, ...options }: StoreOptions): KubernetesObject {
  const script = `from moto.server import main; main(["-H", "0.0.0.0", "-p", "${port}"])`;
  return server('s3', S3_IMAGE, ['-c', script], { port, ...options });
}

/** The image of the server that has Valkey's protocol and access control lists. */
export async function cacheImage(): Promise<Image> {
  const { program, libraries } = await redisProgram();
  const folder = '/usr/lib/redis';
  // those that the machine lacks are in a folder beside the program
  const own = libraries === undefined ? [] : fs.readdirSync(libraries).map((name) => path.join(libraries, name));
  const files = own.filter((file) => fs.statSync(file).isFile());
  return {
    name: CACHE_IMAGE,
    layers: [
      {
        files: {
          '/usr/bin/redis-server': { from: program },
          ...(await librariesOf([program, ...files])),
          ...Object.fromEntries(files.map((file) => [path.join(folder, path.basename(file)), { from: file }])),
        },
      },
    ],
    entrypoint: ['/usr/bin/redis-server'],
    user: '65532:65532',
    env: { LD_LIBRARY_PATH: folder },
  };
}

/** The pod of a cache that lets in one user, and nobody without a password. It is called `cache`. */
export function cacheServer(
  options: StoreOptions & { readonly user: string; readonly password: string; readonly rules: string },
): KubernetesObject {
  const { user, password, rules, ...where } = options;
  const hash = createHash('sha256').update(password).digest('hex');
  const users = [`default off resetkeys resetchannels -@all`, `${user} on #${hash} ${rules}`];
  const settings = ['--port', String(where.port), '--save', '', '--appendonly', 'no', '--protected-mode', 'no'];
  return server('cache', CACHE_IMAGE, [...settings, ...users.flatMap((one) => ['--user', ...one.split(' ')])], where);
}

function server(name: string, image: string, args: readonly string[], options: StoreOptions): KubernetesObject {
  const { namespace, labels, port } = options;
  return plainPod(
    { name, namespace, labels },
    {
      name,
      image,
      args,
      env: [{ name: 'HOME', value: '/tmp' }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      resources: { requests: REQUESTS, limits: { memory: '512Mi' } },
    },
  );
}
