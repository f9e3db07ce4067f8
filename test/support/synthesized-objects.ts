import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { chatDb } from '../../examples/chatdb/platform';
import { dataPlatform } from '../../examples/data-platform/platform';
import { neuralPlatform } from '../../examples/neural-platform/platform';
import { zeroTouch } from '../../examples/zero-touch/platform';
import { OPERATORS } from '../../operators/src/operators';
import { JsonObject, KubernetesObject } from '../../operators/src/runtime/protocol';
import { PlatformTesting } from '../../src';
import { AIModelType, ServingEngine } from '../../src/api/generated/ai-model';
import { KINDS } from '../../src/api/kinds';
import { withDefaults } from '../../src/api/schema/validate';
import { DatabaseDump } from '../../src/constructs/database';
import { Namespace } from '../../src/constructs/tenancy';
import { FeatureServerRuntime } from '../../src/kinds/feature-store/settings';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { sampleOf } from '../api/support/samples';
import { TestDatabase, TestEnvironment, TestStore } from '../constructs/tenancy/support';
import { PLATFORM as FEATURES } from '../operators/feature-store/support';
import { PLATFORM as WORKFLOWS } from '../operators/ml-workflow/support';
import { stored, syncRequest } from '../operators/support/requests';

/** Image of a program of the user's. */
export const USERS = 'ghcr.io/acme/model:1.0.0';

const EXAMPLES = path.resolve(__dirname, '../../examples/operators');
const SETTINGS: OperatorSettings = { ...FEATURES, ...WORKFLOWS };

/** Platforms on which the operators make different children. */
const PLATFORMS: readonly OperatorSettings[] = [
  SETTINGS,
  { ...SETTINGS, aiModel: { storage: { checkArtifacts: false } } },
  { ...SETTINGS, aiModel: { kserve: false, storage: { checkArtifacts: false } } },
  { ...SETTINGS, featureStore: { ...FEATURES.featureStore, runtime: FeatureServerRuntime.FEAST_OPERATOR } },
];

/** Every object that the examples, and the operators of all samples and examples, synthesize. */
export function synthesizedObjects(): JsonObject[] {
  return [...exampleObjects(), ...dump(), ...childrenOfSamples()];
}

function exampleObjects(): JsonObject[] {
  const apps = [dataPlatform({ environments: ['local', 'production'] }), neuralPlatform(), zeroTouch(), chatDb()];
  return apps.flatMap((app) =>
    Object.entries(PlatformTesting.synth(app))
      .filter(([file]) => file.endsWith('.yaml') && !/^stacks\/|\/\.github\//.test(file))
      .map(([, text]) => parse(text) as JsonObject),
  );
}

/** The construct whose containers no example has. */
function dump(): JsonObject[] {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const database = new TestDatabase(environment);
  const store = new TestStore(environment, true);
  new DatabaseDump(chart, 'dump', { database, store, namespace: new Namespace(chart, 'data') });
  return chart.toJson();
}

/** What the operators make of all samples and examples, on platforms of several sorts. */
export function childrenOfSamples(): JsonObject[] {
  const samples = KINDS.flatMap((kind) => (sampleOf(kind) ?? []) as unknown as KubernetesObject);
  const examples = fs
    .readdirSync(EXAMPLES)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(EXAMPLES, file), 'utf8')))
    .map((document) => document.toJS() as KubernetesObject)
    .filter(({ kind }) => KINDS.some((one) => one.kind === kind));
  const models = samples.filter(({ kind }) => kind === 'AIModel').flatMap(modelsOfAllTypes);
  return [...samples, ...examples, ...models].flatMap((object) => PLATFORMS.flatMap((one) => childrenOf(object, one)));
}

/** The model with each type and engine; those that are refused have no children. */
function modelsOfAllTypes(model: KubernetesObject): KubernetesObject[] {
  const { serving, storage } = model.spec as { readonly serving: JsonObject; readonly storage: JsonObject };
  return Object.values(AIModelType).flatMap((type) =>
    Object.values(ServingEngine).map((engine) => {
      const { format: _, ...anyFormat } = storage;
      const image = engine === ServingEngine.DEPLOYMENT || type === AIModelType.CUSTOM ? { image: USERS } : {};
      const drift = { baseline: 's3://models/training.parquet' };
      const spec = {
        ...model.spec,
        type,
        storage: { ...anyFormat, sha256: 'a'.repeat(64) },
        serving: { ...serving, ...image, engine },
        monitoring: { drift },
      };
      return { ...model, spec };
    }),
  );
}

function childrenOf(object: KubernetesObject, settings: OperatorSettings): JsonObject[] {
  const { spec } = KINDS.find(({ kind }) => kind === object.kind)!;
  const hooks = OPERATORS.find(({ definition }) => definition.parent.kind === object.kind)!;
  const metadata = { namespace: 'default', ...object.metadata };
  const parent = stored({ ...object, metadata, spec: withDefaults(spec, object.spec) as JsonObject });
  return hooks.sync(syncRequest(parent), settings).children.filter(({ kind }) => kind !== 'ControllerRevision');
}

/** A text of an object with its path. */
export interface FoundText {
  readonly at: string;
  readonly text: string;
}

/** The images that an object names: what is in fields called so, in variables, and in objects that it holds as text. */
export function imagesOf(value: unknown, at = ''): FoundText[] {
  if (typeof value === 'string') return value.startsWith('{"') ? imagesOf(jsonOf(value), at) : [];
  if (typeof value !== 'object' || value === null) return [];
  const { name, value: text } = value as { readonly name?: unknown; readonly value?: unknown };
  const variable = typeof name === 'string' && /IMAGE/.test(name) && typeof text === 'string' ? [{ at, text }] : [];
  return [
    ...variable,
    ...Object.entries(value).flatMap(([key, below]) => {
      const path = `${at}.${key}`;
      const isImage = /(^i|I)mage(Name)?$/.test(key) && typeof below === 'string' && below !== '';
      return isImage ? [{ at: path, text: below }] : imagesOf(below, path);
    }),
  ];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A container as it is written to a pod, whatever makes the pod. */
export interface FoundContainer {
  readonly kind: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** The containers of an object, those of objects that it holds as text included. */
export function containersIn(object: JsonObject): FoundContainer[] {
  const { kind } = object as { readonly kind?: string };
  return containersBelow(object, kind ?? '');
}

function containersBelow(value: unknown, kind: string): FoundContainer[] {
  if (typeof value === 'string') {
    const held = value.startsWith('{"') ? (jsonOf(value) as JsonObject | undefined) : undefined;
    return held === undefined ? [] : containersBelow(held, typeof held.kind === 'string' ? held.kind : kind);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    ...(/^(initContainers|containers|container|model)$/.test(key) ? containers(below, kind) : []),
    ...containersBelow(below, kind),
  ]);
}

function containers(value: unknown, kind: string): FoundContainer[] {
  return [value].flat().flatMap((one) => {
    if (typeof one !== 'object' || one === null) return [];
    const { name = '', image = '', command = [], args = [] } = one as Partial<FoundContainer>;
    if (image === '' && command.length === 0) return [];
    return [{ kind, name, image, command, args }];
  });
}
