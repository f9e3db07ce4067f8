import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { dataPlatform } from '../../../examples/data-platform/platform';

/** What one synthesis wrote. */
export interface Output {
  /** Folder that cdktf's output is in. */
  readonly terraform: string;
  /** Folder that the manifests are in. */
  readonly manifests: string;
}

const folders: string[] = [];
afterAll(() => folders.splice(0).forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/**
 * Synthesizes all environments of examples/data-platform. Called while tests are collected, because each stack is a test
 * of its own.
 *
 * @param hcl whether Terraform's own syntax is written in place of JSON, as `cdktf synth --hcl` asks for
 */
export function synthesizeExamples(hcl = false): Output {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-'));
  folders.push(folder);
  const output = { terraform: path.join(folder, 'cdktf.out'), manifests: path.join(folder, 'dist') };
  const before = process.env.SYNTH_HCL_OUTPUT;
  process.env.SYNTH_HCL_OUTPUT = String(hcl);
  try {
    dataPlatform({ terraformOutdir: output.terraform, manifestsOutdir: output.manifests }).synth();
  } finally {
    if (before === undefined) delete process.env.SYNTH_HCL_OUTPUT;
    else process.env.SYNTH_HCL_OUTPUT = before;
  }
  return output;
}
