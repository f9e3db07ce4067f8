import { execFileSync } from 'node:child_process';
import * as path from 'node:path';

import { type Image, type Layer, librariesOf } from './images';
import type { NodePrograms } from './programs';
import { BUSYBOX } from './python-images';

const REGISTRY = 'registry.example.com';

/** Plays a service, as user 65532 and without a shell: see `serve` of go/tool. */
export const SERVER_IMAGE = `${REGISTRY}/server:1.0`;
/** The same program in another version. */
export const NEXT_SERVER_IMAGE = `${REGISTRY}/server:1.1`;
/** The same program; its user is a name. */
export const NAMED_USER_IMAGE = `${REGISTRY}/named-user:1.0`;
/** The same program as root. */
export const ROOT_IMAGE = `${REGISTRY}/as-root:1.0`;

/** The images that all tests may use. */
export function testImages(programs: NodePrograms): Image[] {
  const tool: Layer = { files: { '/tool': { from: programs.tool } } };
  const users: Layer = {
    files: {
      '/etc/passwd': { text: 'root:x:0:0::/:/sbin/nologin\nnonroot:x:65532:65532::/:/sbin/nologin\n' },
      '/etc/group': { text: 'root:x:0:\nnonroot:x:65532:\n' },
    },
  };
  const base = { layers: [tool], entrypoint: ['/tool'] };
  return [
    { ...base, name: SERVER_IMAGE, user: '65532:65532', env: { VERSION: '1.0' } },
    { ...base, name: NEXT_SERVER_IMAGE, user: '65532:65532', env: { VERSION: '1.1' } },
    { ...base, name: NAMED_USER_IMAGE, layers: [tool, users], user: 'nonroot', env: { VERSION: '1.0' } },
    { ...base, name: ROOT_IMAGE, env: { VERSION: '1.0' } },
  ];
}

/** The hook server of the operators, as its Dockerfile makes it: Node.js, one file and the programs. `folder` is for what is built. */
export async function hookServerImage(name: string, folder: string): Promise<Image> {
  const root = path.resolve(__dirname, '../..');
  execFileSync(process.execPath, [path.join(root, 'operators/build.js'), folder], { cwd: root });
  return {
    name,
    layers: [
      { files: { '/usr/bin/node': { from: process.execPath }, ...(await librariesOf([process.execPath])) } },
      { folders: { '/app': folder } },
    ],
    entrypoint: ['/usr/bin/node'],
    command: ['server.js'],
    user: '65532:65532',
    env: { NODE_ENV: 'production' },
    workingDirectory: '/app',
  };
}

/** The image of rclone as the check of a model's location uses it: with Alpine's shell, here with Debian's rclone. */
export async function rcloneImage(name: string): Promise<Image> {
  const rclone = await programImage(name, '/usr/bin/rclone');
  return { ...rclone, layers: [BUSYBOX, ...rclone.layers], user: undefined };
}

/** A program of this machine, with the libraries that it loads. */
export async function programImage(name: string, program: string): Promise<Image> {
  const file = `/usr/bin/${path.basename(program)}`;
  return {
    name,
    layers: [{ files: { [file]: { from: program }, ...(await librariesOf([program])) } }],
    entrypoint: [file],
    user: '65532:65532',
  };
}
