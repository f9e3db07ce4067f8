import { Construct } from 'constructs';
import { DataPipelineSpec } from '../../api/generated/data-pipeline';
import { contentHash } from '../../contracts/content-hash';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { ZonePlacement } from '../ai-zone/placement';
import { DataPipelineSettings } from './data-pipeline-settings';

/** A piece of an object, as JSON. */
export type Json = { readonly [field: string]: unknown };

/** What all objects of a pipeline are made from. */
export interface PipelinePlan {
  readonly scope: Construct;
  readonly name: string;
  /** The name, short enough for the names of runs. */
  readonly base: string;
  readonly namespace: string;
  /** The spec as the API server has it. */
  readonly spec: DataPipelineSpec;
  readonly zone?: ZonePlacement;
  readonly settings: DataPipelineSettings;
  /** Labels of all objects. */
  readonly labels: { readonly [key: string]: string };
}

/** Spark's operator adds a hyphen and 19 digits for a run, and a name may have 63 characters. */
const BASE_LENGTH = 43;

/** The label of the pods by which they are scraped. */
export const COMPONENT = `${PLATFORM_GROUP}/component`;

/** Labels of the pods of a pipeline. */
export function podLabels({ name }: { readonly name: string }): { [key: string]: string } {
  return { [COMPONENT]: 'pipeline', pipeline_name: name };
}

/** The name that those of all objects begin with. */
export function baseName(name: string): string {
  if (name.length <= BASE_LENGTH) return name;
  return `${name.slice(0, BASE_LENGTH - 11).replace(/-+$/, '')}-${contentHash(name)}`;
}

/** Whole seconds of a duration such as `1h30m`. */
export function seconds(scope: Construct, prop: string, text: string): number {
  const total = Math.ceil(durationSeconds(text));
  if (!(total >= 1))
    fail(scope, prop, 'must be a duration of at least one second', text, "write it like '90m' or '2h'");
  return total;
}
