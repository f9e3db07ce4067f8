import { IConstruct } from 'constructs';
import { Acknowledgement, acknowledgementsAt, PLAIN_SECRET } from './acknowledgements';
import { Finding, ICheck } from './check';
import { asObject, asText, JsonObject } from './json';
import { ManifestGraph } from './manifest-graph';

/**
 * No password, token or key is written in plain text: to environment variables, to ConfigMaps, to Secrets, whose files are as readable, or
 * to the values of a chart. Known by the name, by the format of well-known credentials, and by looking random.
 *
 * It judges by likelihood, so that a program can acknowledge a finding. An acknowledgement that nothing needs is a finding.
 */
export class PlainSecretCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const used = new Set<string>();
    const known = new Map<string, Acknowledgement>();
    const report = (path: string, what: string, suspicion: Suspicion, scope: IConstruct): Finding[] => {
      const acknowledgements = acknowledgementsAt(scope).filter(({ check }) => check === PLAIN_SECRET);
      const applied = acknowledgements.filter(({ field }) => field === undefined || field === suspicion.field);
      applied.forEach((one) => used.add(keyOf(one)));
      if (applied.length > 0) return [];
      const { field, reason, fix } = suspicion;
      return [
        {
          path,
          message: `${what}: ${field} ${reason}; ${fix}, or say why it is no secret with PlatformChecks.acknowledge()`,
        },
      ];
    };
    const findings = graph.manifests.flatMap(({ path, kind, name, json, source }) => {
      for (const one of acknowledgementsAt(source)) known.set(keyOf(one), one);
      return suspicionsOf(kind, json).flatMap((one) => report(path, `${kind} ${name}`, one, source));
    });
    const inValues = Object.entries(graph.context.chartValues ?? {}).flatMap(([component, values]) =>
      leavesOf(values, 'values')
        .flatMap((leaf) => suspicionOf(leaf, VALUES_FIX) ?? [])
        .flatMap((one) => report(graph.path, `component ${component}`, one, graph.scope)),
    );
    for (const one of acknowledgementsAt(graph.scope)) known.set(keyOf(one), one);
    const unused = [...known.values()]
      .filter((one) => one.check === PLAIN_SECRET && !used.has(keyOf(one)))
      .map(({ scope, field }) => ({
        path: scope.node.path,
        message: `acknowledges ${PLAIN_SECRET}${field === undefined ? '' : ` of ${field}`}, which nothing in it needs; remove the acknowledgement`,
      }));
    return [...findings, ...inValues, ...unused];
  }
}

function keyOf({ scope, check, field }: Acknowledgement): string {
  return [scope.node.path, check, field].join('\n');
}

/** A text of an object, and the name that says what it is. */
interface Leaf {
  readonly field: string;
  readonly name: string;
  readonly value: string;
}

/** What is wrong with a text. Never the text itself, which would be in the log of CI then. */
interface Suspicion {
  readonly field: string;
  readonly reason: string;
  readonly fix: string;
}

const ENV_FIX = 'keep it in a Secret that an ExternalSecret fills, and use secretEnv';
const VALUES_FIX = 'have the chart read a Secret that an ExternalSecret fills';
const DATA_FIX = 'fill a Secret from a secret store with an ExternalSecret';

function suspicionsOf(kind: string, json: JsonObject): Suspicion[] {
  if (kind === 'Secret') {
    return ['stringData', 'data'].flatMap((key) =>
      Object.entries(asObject(json[key]))
        .filter(([, value]) => value !== '')
        .map(([name]) => ({
          field: `${key}.${name}`,
          reason: 'would be in a file, readable for everyone who can read that',
          fix: DATA_FIX,
        })),
    );
  }
  const leaves = kind === 'ConfigMap' ? leavesOf(json.data, 'data') : envOf(json, '');
  return leaves.flatMap((leaf) => suspicionOf(leaf, kind === 'ConfigMap' ? DATA_FIX : ENV_FIX) ?? []);
}

/** Environment variables, wherever in an object they are: a list of name and value, or a map. */
function envOf(value: unknown, field: string): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => envOf(item, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const place = field === '' ? key : `${field}.${key}`;
    if (key !== 'env') return envOf(inner, place);
    if (!Array.isArray(inner)) return leavesOf(inner, place);
    return inner.flatMap((item) => {
      const name = asText(asObject(item).name);
      const text = asText(asObject(item).value);
      return name !== undefined && text !== undefined ? [{ field: `${place}.${name}`, name, value: text }] : [];
    });
  });
}

/** Every text in a value; of a list, the name is that of the list. */
function leavesOf(value: unknown, field: string): Leaf[] {
  if (typeof value === 'string') return [{ field, name: (/([^.[\]]+)(\[\d+\])*$/.exec(field) ?? [])[1] ?? '', value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${field}.${key}`));
}

function suspicionOf({ field, name, value }: Leaf, fix: string): Suspicion | undefined {
  // what Kubernetes or Terraform fills in is not in the file
  const literal = value.replace(/\$\([A-Za-z_]\w*\)|\$\{[^}]+\}|\{\{[^}]*\}\}/g, '');
  const format = FORMATS.find(([, pattern]) => pattern.test(literal));
  if (format) return { field, reason: `holds ${format[0]} in plain text`, fix };
  if (literal !== value || !isLikely(literal)) return undefined;
  if (namesSecret(name)) return { field, reason: 'is a secret in plain text, by its name', fix };
  return looksRandom(literal)
    ? { field, reason: 'looks like a secret in plain text, since it is random', fix }
    : undefined;
}

/** Formats of well-known credentials. */
const FORMATS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an access key of AWS', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a token of GitHub', /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/],
  ['a token of GitLab', /\bglpat-[\w-]{20,}/],
  ['a token of Slack', /\bxox[abeprs]-[\w-]{10,}/],
  ['a token of Hugging Face', /\bhf_[A-Za-z0-9]{30,}\b/],
  ['an API key of OpenAI or Anthropic', /\bsk-[\w-]{20,}/],
  ['a JSON Web Token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/],
  ['a URL with a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i],
];

/** What is no secret whatever its name: nothing, a switch, a number, a path, an address. */
function isLikely(value: string): boolean {
  return (
    value.trim() !== '' &&
    !/^(true|false|yes|no|none|null|\d+(\.\d+)?|\.{0,2}\/.*|[a-z][a-z0-9+.-]*:\/\/\S*)$/i.test(value)
  );
}

const SECRET_WORDS = /^(password|passwd|pwd|passphrase|token|credential|credentials|apikey|secretkey|privatekey)$/;
const SECRET_PAIRS =
  /^((api|access|secret|private|signing|encryption|master|account) key|(client|app|shared|signing|webhook|jwt|cookie|session|hmac|auth|oauth|consumer|api|root|admin) secret)$/;

/** Whether the last words of a name say password, token or key; `passwordFile` and `tokenReview` say something else. */
function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return SECRET_WORDS.test(words.at(-1) ?? '') || SECRET_PAIRS.test(words.slice(-2).join(' '));
}

/** Letters of both cases and digits, in an order that no word has. */
function looksRandom(value: string): boolean {
  if (!/^[\w+/=-]{24,256}$/.test(value)) return false;
  if (![/[a-z]/g, /[A-Z]/g, /\d/g].every((set) => (value.match(set) ?? []).length >= 3)) return false;
  return entropyOf(value) >= 0.85 * Math.log2(Math.min(value.length, 62));
}

/** Bits for each character, by how often each occurs in the text (Shannon). */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
}
