/** Images on a node: they go into containerd as archives, since there is no registry. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { type Image, writeImage } from './images';
import { CONTAINERD, PAUSE_IMAGE } from './node-config';
import type { NodePrograms } from './programs';

/** Name of the image that `dns.yaml` runs. */
const DNS_IMAGE = 'registry.k8s.io/coredns/coredns:test';

/** A node whose containerd is asked. */
interface NodeAddress {
  /** Folder of the node on this machine. */
  readonly folder: string;
  /** Program that runs another one in the node. */
  readonly enter: string;
}

/** Whether containerd answers. */
export function containerdAnswers(node: NodeAddress): boolean {
  return ctr(node, ['version']) === '';
}

/** Makes an image and lets pods run it. A name that is there already gets the new content. */
export async function addImage(node: NodeAddress, image: Image): Promise<void> {
  const archive = path.join(node.folder, `image-${process.pid}.tar`);
  await writeImage(image, archive);
  const problem = ctr(node, ['images', 'import', archive]);
  if (problem !== '') throw new Error(`${image.name} cannot be imported: ${problem}`);
  fs.rmSync(archive);
  addDigest(node, image);
}

/** The images that a node cannot do without: those of each pod's own container and of DNS. */
export function systemImages({ tool, folder }: NodePrograms): Image[] {
  return [
    {
      name: PAUSE_IMAGE,
      layers: [{ files: { '/pause': { from: tool } } }],
      entrypoint: ['/pause'],
      user: '65535:65535',
    },
    {
      name: DNS_IMAGE,
      layers: [{ files: { '/coredns': { from: path.join(folder, 'coredns') } } }],
      entrypoint: ['/coredns'],
    },
  ];
}

/** With its digest as a name, which an image that was pulled has too. */
function addDigest(node: NodeAddress, { name }: Image): void {
  const list = ['ctr', '-a', CONTAINERD, '-n', 'k8s.io', 'images', 'ls', `name==${name}`];
  const digest = /sha256:[0-9a-f]{64}/.exec(spawnSync(node.enter, list, { encoding: 'utf8' }).stdout)?.[0];
  const pulled = `${name.replace(/:[^:/]*$/, '')}@${digest}`;
  const untagged = ctr(node, ['images', 'tag', '--force', name, pulled]);
  if (untagged !== '') throw new Error(`${name} gets no digest: ${untagged}`);
}

/** Runs containerd's client. Returns why it failed, or an empty string. */
function ctr({ enter }: NodeAddress, args: readonly string[]): string {
  const { status, stderr } = spawnSync(enter, ['ctr', '-a', CONTAINERD, '-n', 'k8s.io', ...args], { encoding: 'utf8' });
  return status === 0 ? '' : stderr || `ended with ${status}`;
}
