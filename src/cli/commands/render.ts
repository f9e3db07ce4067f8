import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { objectSchema } from '../../api/schema/crd';
import { withDefaults } from '../../api/schema/validate';
import { fail } from '../../contracts/errors';
import { pinnedImage } from '../../contracts/image-reference';
import { dnsLabel } from '../../contracts/names';
import { Tier } from '../../contracts/tier';
import { yamlOf } from '../../contracts/yaml';
import { findingsIn } from '../diagnostic';
import { fieldsOf } from '../documents';
import { diagnosticsOf, judgeFiles, Judgement, PlatformDocument } from '../judge';
import { manifestFindings } from '../metadata';
import { modelObjects, RenderSettings } from '../model-objects';
import { renderSettings } from '../render-settings';
import { textReport } from '../reports/text';
import { COMMAND_LINE, ExitCode, Terminal } from '../terminal';
import { VERSION } from '../version';
import { endOf } from './finish';

/** Options of `render`. */
export interface RenderOptions {
  readonly image?: string;
  /** Whether the model is in it. */
  readonly modelInImage?: boolean;
  readonly namespace?: string;
  readonly environment?: Tier;
  readonly objects?: boolean;
  readonly settings?: string;
  /** `yaml` or `json`. */
  readonly format: string;
}

/** Prints ModelDeployments as they are applied, or what the operator makes of them. */
export async function renderCommand(file: string, options: RenderOptions, terminal: Terminal): Promise<ExitCode> {
  const { image, namespace, objects = false } = options;
  if (image !== undefined) pinnedImage(COMMAND_LINE, '--image', image);
  if (namespace !== undefined) dnsLabel(COMMAND_LINE, '--namespace', namespace);
  const settings = objects ? await settingsFor(options, terminal) : undefined;
  const rendered: object[] = [];
  const report = await judgeFiles([file], terminal, (document) => {
    if (document.kind !== MODEL_DEPLOYMENT) return { skipped: 'a ModelDeployment is rendered' };
    const findings = diagnosticsOf(document, manifestFindings(document.kind, document.value));
    if (findings.length > 0) return { findings };
    const manifest = completed(document.manifest, options);
    if (settings === undefined) rendered.push(manifest);
    else return renderObjects(document, manifest, settings, rendered);
    return { findings: [] };
  });
  const ending = endOf(report, terminal);
  if (findingsIn(report).length > 0) {
    terminal.warn(textReport(report, { command: 'render', version: VERSION, folder: terminal.folder }));
  }
  if (ending === ExitCode.KEPT) terminal.print(written(rendered, options.format));
  return ending;
}

async function settingsFor(options: RenderOptions, terminal: Terminal): Promise<RenderSettings> {
  const { environment, settings } = options;
  if (environment === undefined) {
    const tiers = Object.values(Tier).join(', ');
    fail(
      COMMAND_LINE,
      '--environment',
      `must be one of ${tiers}`,
      environment,
      'with --objects, say whose sizes are meant',
    );
  }
  return renderSettings(environment, settings, terminal);
}

interface CompleteManifest {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly serving?: { readonly image?: string } };
}

/** A manifest with what the options say. A status is what was observed, and only the operators write it. */
function completed(manifest: unknown, { image, modelInImage, namespace }: RenderOptions): CompleteManifest {
  const { apiVersion, kind, metadata, spec } = fieldsOf(manifest);
  const { serving, ...rest } = fieldsOf(spec);
  const { name, namespace: own, ...others } = fieldsOf(metadata);
  const where = namespace ?? own;
  const given = {
    ...(image === undefined ? {} : { image }),
    ...(modelInImage === true ? { modelInImage } : {}),
  };
  return {
    apiVersion,
    kind,
    metadata: { name, ...(where === undefined ? {} : { namespace: where }), ...others },
    spec: {
      ...rest,
      ...(serving === undefined && Object.keys(given).length === 0
        ? {}
        : { serving: { ...fieldsOf(serving), ...given } }),
    },
  } as unknown as CompleteManifest;
}

function renderObjects(
  document: PlatformDocument,
  manifest: CompleteManifest,
  settings: RenderSettings,
  rendered: object[],
): Judgement {
  const { spec } = withDefaults(objectSchema(MODEL_DEPLOYMENT), manifest) as CompleteManifest;
  const { name, namespace } = manifest.metadata;
  const image = spec.serving?.image;
  if (image === undefined) {
    fail(COMMAND_LINE, '--image', 'must be given', image, 'nothing is made before there is an image');
  }
  if (namespace === undefined) {
    fail(
      COMMAND_LINE,
      '--namespace',
      'must be given',
      namespace,
      'write the one that it is served in, such as ml-inference',
    );
  }
  const result = modelObjects({ name, namespace, image, spec }, settings);
  if ('finding' in result) return { findings: diagnosticsOf(document, [result.finding]) };
  rendered.push(...result.objects);
  return { findings: [] };
}

function written(objects: readonly object[], format: string): string {
  if (format !== 'json') return yamlOf(...objects);
  const [only] = objects;
  const whole = objects.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
