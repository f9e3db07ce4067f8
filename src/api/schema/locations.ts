import { AUTHORITY, WEB_ADDRESS } from '../../contracts/server-url';
import { rule, text, TextOptions } from './builders';
import { Schema } from './schema';

const HOST = AUTHORITY;
const SEGMENT = '[A-Za-z0-9._~+=@:,!-]+';
const FOLDERS = `(/${SEGMENT})*/?`;
const BUCKET = `[A-Za-z0-9][A-Za-z0-9._-]*${FOLDERS}`;
const AZURE = `[a-z0-9-]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?${FOLDERS}`;
const IMAGE_NAME = '[a-z0-9]+([._-]+[a-z0-9]+)*';

/** What follows the scheme of a URL. No grammar has a place for credentials, nor for what a shell or Kubernetes would expand. */
const GRAMMARS = {
  s3: BUCKET,
  s3a: BUCKET,
  gs: BUCKET,
  abfs: AZURE,
  abfss: AZURE,
  hdfs: `${HOST}${FOLDERS}`,
  https: WEB_ADDRESS,
  http: WEB_ADDRESS,
  oci: `${HOST}(/${IMAGE_NAME})+(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[a-f0-9]{64})?`,
  hf: '[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*(:[A-Za-z0-9._-]+)?',
  // the name of the claim, and a folder in it
  pvc: `[a-z0-9]([-a-z0-9.]*[a-z0-9])?${FOLDERS}`,
  file: `(/${SEGMENT})+/?`,
} as const;

const ASKED = '[A-Za-z0-9._~%+=@:,!&/-]*';
const INSIDE = rule("!self.matches('/[.]{1,2}(/|$)')", 'must stay in its folder: leave . and .. out');

type Scheme = keyof typeof GRAMMARS;

/** Stores of files that every pod can reach. */
export const STORES: readonly Scheme[] = ['s3', 's3a', 'gs', 'abfs', 'abfss', 'hdfs', 'pvc'];
/** The same, and servers of files. */
export const DATA: readonly Scheme[] = [...STORES, 'https', 'http'];
/** Where a trained model can be. */
export const MODELS: readonly Scheme[] = [...DATA, 'oci', 'hf'];

/** Where data is: a URL without credentials, of one of the schemes. */
export function location(description: string, schemes: readonly Scheme[], options: TextOptions = {}): Schema {
  return url(description, schemes, '', options);
}

/** The address of a server. */
export function server(description: string, options: TextOptions = {}): Schema {
  return url(description, ['https', 'http'], '', options);
}

/** The address of an API, with what is asked. */
export function query(description: string, options: TextOptions = {}): Schema {
  return url(description, ['https', 'http'], `(\\?${ASKED})?`, options);
}

/** A Git repository. */
export function repository(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 1024,
    pattern: [
      `^((https|git)://|ssh://([a-z]+@)?)${HOST}(/[A-Za-z0-9._~+-]+)+/?$`,
      'must be the URL of a repository without credentials: start with https://, ssh:// or git://',
    ],
    ...options,
  });
}

/** Addresses of Kafka. */
export function brokers(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 1024,
    pattern: [`^${HOST}(,${HOST})*$`, 'must be addresses of brokers: write host:port, separated by commas'],
    ...options,
  });
}

/** A page for people: a file of the repository, or a web address. */
export function page(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 1024,
    pattern: [
      `^(https://${WEB_ADDRESS}(\\?${ASKED})?(#${ASKED})?|[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)*)$`,
      'must be a path such as "model-card.md" or an address with https',
    ],
    ...options,
    rules: [INSIDE, ...(options.rules ?? [])],
  });
}

function url(description: string, schemes: readonly Scheme[], end: string, options: TextOptions): Schema {
  const grammars = new Map<string, Scheme[]>();
  for (const scheme of schemes) grammars.set(GRAMMARS[scheme], [...(grammars.get(GRAMMARS[scheme]) ?? []), scheme]);
  const alternatives = [...grammars].map(([grammar, same]) => `(${same.join('|')})://${grammar}`);
  return text(description, {
    minLength: 1,
    maxLength: 1024,
    pattern: [
      `^(${alternatives.join('|')})${end}$`,
      `must be a URL without credentials: start with ${schemes.map((scheme) => `${scheme}://`).join(', ')}`,
    ],
    ...options,
    rules: [INSIDE, ...(options.rules ?? [])],
  });
}
