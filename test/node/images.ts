/** Images without a daemon and without a registry: folders and files of this machine become archives that containerd imports. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What lies in an image. */
export interface Layer {
  /** Files by their path in the image: those of this machine, or texts. Parents need not be there. @default - none */
  readonly files?: Readonly<Record<string, FileSource>>;
  /** Links by their path in the image. @default - none */
  readonly links?: Readonly<Record<string, string>>;
  /** Folders of this machine by their path in the image. @default - none */
  readonly folders?: Readonly<Record<string, string>>;
  /** Files and folders of this machine that have the same path in the image, with all that is in them. @default - none */
  readonly paths?: readonly string[];
  /** Files and folders of `paths` that are left out. @default - none but compiled Python */
  readonly exclude?: readonly string[];
}

/** A file of this machine, or a text. */
export type FileSource = { readonly from: string } | { readonly text: string };

/** An image, as a Dockerfile says it. */
export interface Image {
  /** Name with a tag. */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** User and group, by number or by name. @default - root */
  readonly user?: string;
  /** @default - a usual PATH */
  readonly env?: Readonly<Record<string, string>>;
  /** @default '/' */
  readonly workingDirectory?: string;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a tar archive must not tell of this machine. */
const ANONYMOUS = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];

/** Writes an image into an archive, `docker save`'s format. */
export async function writeImage(image: Image, archive: string): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'image-'));
  try {
    const layers = await Promise.all(image.layers.map((layer, index) => writeLayer(layer, folder, `layer-${index}`)));
    const config = JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: {
        Env: Object.entries({ PATH, ...image.env }).map(([name, value]) => `${name}=${value}`),
        Entrypoint: image.entrypoint,
        Cmd: image.command,
        User: image.user ?? '',
        WorkingDir: image.workingDirectory ?? '/',
      },
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    });
    const configFile = `${createHash('sha256').update(config).digest('hex')}.json`;
    fs.writeFileSync(path.join(folder, configFile), config);
    const manifest = [{ Config: configFile, RepoTags: [image.name], Layers: layers.map(({ file }) => file) }];
    fs.writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
    const members = [configFile, 'manifest.json', ...layers.map(({ file }) => file)];
    await run('tar', ['-cf', archive, ...ANONYMOUS, '-C', folder, ...members]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The libraries that these programs and libraries of this machine load, and the program that loads them, for `files` of a layer. */
export async function librariesOf(files: readonly string[]): Promise<Record<string, FileSource>> {
  const found: Record<string, FileSource> = {};
  for (let at = 0; at < files.length; at += 200) {
    // what is no dynamic program has none, and the exit code says so
    const { stdout } = await run('ldd', files.slice(at, at + 200), { maxBuffer: 64 * 1024 * 1024 }).catch(
      (error: unknown) => error as { stdout: string },
    );
    for (const [, file] of stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) found[file] = { from: file };
  }
  return found;
}

async function writeLayer(layer: Layer, folder: string, name: string): Promise<{ file: string; digest: string }> {
  const root = path.join(folder, `${name}.root`);
  // what programs write to, where the root file system may be written
  fs.mkdirSync(path.join(root, 'tmp'), { recursive: true });
  fs.chmodSync(path.join(root, 'tmp'), 0o1777);
  const inRoot = (file: string): string => {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    return target;
  };
  for (const [file, source] of Object.entries(layer.files ?? {})) {
    const target = inRoot(file);
    if ('text' in source) {
      fs.writeFileSync(target, source.text);
    } else {
      fs.copyFileSync(fs.realpathSync(source.from), target);
      fs.chmodSync(target, 0o755);
    }
  }
  for (const [target, source] of Object.entries(layer.folders ?? {})) {
    fs.cpSync(source, inRoot(target), { recursive: true });
  }
  for (const [file, target] of Object.entries(layer.links ?? {})) fs.symlinkSync(target, inRoot(file));
  const file = `${name}.tar`;
  const archive = path.join(folder, file);
  const paths = (layer.paths ?? []).map((one) => one.replace(/^\//, ''));
  const own = ['-C', root, '.', ...(paths.length > 0 ? ['-C', '/', ...paths] : [])];
  // temporary folders are their owner's alone, and the user in the image is another
  const exclude = (layer.exclude ?? []).map((one) => `--exclude=${one.replace(/^\//, '')}`);
  const options = [...ANONYMOUS, '--mode=a+rX', '--anchored', ...exclude, '--no-anchored', '--exclude=__pycache__'];
  await run('tar', ['-cf', archive, ...options, ...own], { maxBuffer: 64 * 1024 * 1024 });
  fs.rmSync(root, { recursive: true });
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(archive), hash);
  return { file, digest: `sha256:${hash.digest('hex')}` };
}
