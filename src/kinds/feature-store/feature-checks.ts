import { FeatureSourceType } from '../../api/generated';
import { fail } from '../../contracts/errors';
import { inputsOf } from './feature-job-files';
import { FeatureModel, ViewModel } from './feature-model';
import { ResolvedSettings } from './feature-store-settings';

/** What is checked. */
export interface SourcesInput {
  /** Construct path or name, for messages. */
  readonly where: string;
  readonly settings: ResolvedSettings;
  readonly model: FeatureModel;
  /** Names of the features, in the order of the spec. */
  readonly features: string[];
  /** Whether values are kept in files. */
  readonly files: boolean;
}

/** @throws InvalidInputError when the platform or the spec lacks what a source of features needs */
export function checkSources(input: SourcesInput): void {
  const { where, settings, model, files } = input;
  const { storage } = model.offline;
  if (!files && settings.offlineSecretName === undefined) {
    const rule = 'must be one that the platform has the credentials of';
    fail(where, 'serving.offline.storage', rule, storage, 'use parquet or delta, or set settings.offlineSecretName');
  }
  for (const view of model.views) {
    const field = `features[${input.features.indexOf(view.name)}]`;
    const refuse = (path: string, rule: string, given: unknown, mend: string): never =>
      fail(where, `${field}.${path}`, rule, given, mend);
    const { type } = view.source;
    if (type === FeatureSourceType.BATCH) {
      if (files && settings.spark === false) {
        refuse('source.type', 'must not be batch: the platform has no Spark', type, 'compute it another way');
      }
      continue;
    }
    if (!files) {
      const rule = 'must be parquet or delta where features are streaming or come from a model';
      fail(where, 'serving.offline.storage', rule, storage, 'keep the values in files, or compute them by queries');
    }
    if (type === FeatureSourceType.STREAMING) checkStream(input, view, refuse);
    else checkModel(input, view, refuse);
  }
}

type Refuse = (path: string, rule: string, given: unknown, mend: string) => never;

function checkStream({ where, settings, model }: SourcesInput, view: ViewModel, refuse: Refuse): void {
  if (settings.flink === false) {
    refuse('source.type', 'must not be streaming: the platform has no Flink', 'streaming', 'compute it by a query');
  }
  if (settings.bootstrapServers === undefined) {
    const mend = 'compute it by a query, or set settings.bootstrapServers';
    refuse('source.type', 'must not be streaming: the platform knows no Kafka', 'streaming', mend);
  }
  if ((view.source.image ?? settings.streamImage) === undefined) {
    const mend = 'name an image with PyFlink, or set settings.streamImage';
    refuse('source.image', 'must be set: the platform has no image for streams', undefined, mend);
  }
  if (!model.online) {
    const rule = 'must be there for streaming features, which are pushed to it';
    fail(where, 'serving.online', rule, undefined, 'add it');
  }
}

function checkModel({ model }: SourcesInput, view: ViewModel, refuse: Refuse): void {
  if (inputsOf(model, view).length === 0) {
    const rule = 'must have other stored features of its entity, which the model is asked about';
    refuse('source.modelRef', rule, view.source.modelRef?.name, 'add a batch or streaming feature of the same entity');
  }
  const [{ type }] = view.features;
  if (['bytes', 'timestamp'].includes(type) || type.endsWith('-list')) {
    refuse('type', 'must be a number, a bool or a string, which models answer', type, 'choose one');
  }
}
