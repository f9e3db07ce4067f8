import { parse } from 'yaml';
import { fail } from '../contracts/errors';
import { Tier } from '../contracts/tier';
import { MODEL_DEPLOYMENT_SIZES } from '../kinds/model-deployment/sizes';
import { fieldsOf } from './documents';
import { readOption } from './inputs';
import { RenderSettings } from './model-objects';
import { COMMAND_LINE, Terminal } from './terminal';

/** The Prometheus of the platform. */
const SCRAPER = { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } };

/**
 * What the operator knows of an environment: what a program wrote for it, or else the sizes of the tier.
 *
 * @param file the ConfigMap `operators-settings`, or the `settings.json` in it
 */
export async function renderSettings(
  environment: Tier,
  file: string | undefined,
  terminal: Terminal,
): Promise<RenderSettings> {
  const sizes = MODEL_DEPLOYMENT_SIZES[environment];
  if (file === undefined) return { scraper: SCRAPER, modelDeployment: sizes };
  const { text } = await readOption('--settings', file, terminal);
  const written = fieldsOf(parsed(text, file));
  const inner = fieldsOf(written.data)['settings.json'];
  const settings = typeof inner === 'string' ? fieldsOf(parsed(inner, file)) : written;
  const { scraper, modelDeployment } = settings;
  if (typeof fieldsOf(scraper).namespace !== 'string' || typeof fieldsOf(scraper).podLabels !== 'object') {
    refuse(file, 'it has no scraper');
  }
  // the platform writes it itself, so its fields are not looked at one by one
  const known = settings as Partial<RenderSettings>;
  return { ...known, scraper: known.scraper ?? SCRAPER, modelDeployment: { ...sizes, ...fieldsOf(modelDeployment) } };
}

function parsed(text: string, file: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' });
  } catch (error) {
    return refuse(file, error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

function refuse(file: string, why: string): never {
  const fix = "give 'operators-settings' or 'settings.json' as the program of the platform writes it";
  fail(COMMAND_LINE, '--settings', `must be the settings of the operators, but ${why}`, file, fix);
}
