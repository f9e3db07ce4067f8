/**
 * Keeps secrets out of what operators say of what engines said. An operator reads no Secret, so it goes by what secrets look like: in a
 * URL, whatever stands between the name of the user and the last `@`, encoded or not; the value of `password=…` and the like; a token after
 * `Bearer`. The programs that know the secret itself leave it out by its text (`programs/<program>/src/redaction.py`).
 */

const MARK = '***';

/** The last `@` of what has no blank: a password that is not encoded may hold `#`, `/`, `?` and `@`. */
const URL_LOGIN = /([A-Za-z][\w+.-]{0,40}:)?\/\/([^\s@:/]*)(:\S*|\S*?)?@/g;
/** The same of a URL within a URL or a query, where it is encoded. */
const ENCODED_LOGIN = /(%3A%2F%2F)((?:(?!%3A|%40|%2F)[^\s:@/])*)(?:%3A|:)\S*?(?:%40|@)(?!\S*%40)/gi;
const ORACLE_LOGIN = /(jdbc:oracle:\w+:)([^\s/@]*)\/\S*@/gi;
const VALUE =
  /(?<![a-z])((?:[\w.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key)|sig)(?:\\?["']\s*:\s*|\s*=\s*|:(?=\S)))(?!\*\*\*)(\{[^}]*\}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&;,"'})]+)/gi;
const TOKEN = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
/** What stands before an `@` there is the name of a container. */
const CONTAINERS = ['abfs:', 'abfss:', 'wasb:', 'wasbs:'];

/** The text without what looks like a secret. In JSON each text is looked at by itself, so that it stays JSON. */
export function redact(text: string): string {
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.stringify(redacted(JSON.parse(text) as unknown));
    } catch {
      // it is cut where it is long
    }
  }
  return text
    .replace(ORACLE_LOGIN, `$1$2/${MARK}@`)
    .replace(URL_LOGIN, withoutLogin)
    .replace(ENCODED_LOGIN, `$1$2%3A${MARK}%40`)
    .replace(VALUE, `$1${MARK}`)
    .replace(TOKEN, `$1 ${MARK}`);
}

/** The same of all texts in a value. */
export function redacted<T>(value: T): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return (value as unknown[]).map((each) => redacted(each)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redacted(each as unknown)])) as T;
}

/** Fields in which engines say what went wrong. */
const SAID: ReadonlySet<string> = new Set(['message', 'error', 'errorMessage']);

/**
 * What an engine says, without what looks like a secret: where it is read, since what is shortened later may end within a URL. The value
 * itself where there is nothing to leave out.
 */
export function withoutSecrets<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]: [string, unknown]): [string, unknown] => {
    if (typeof each === 'string') return [key, SAID.has(key) ? redact(each) : each];
    return [key, withoutSecrets(each)];
  });
  if (entries.every(([key, each]) => each === (value as Record<string, unknown>)[key])) return value;
  return (Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries)) as T;
}

function withoutLogin(all: string, scheme = '', user = '', rest = ''): string {
  if (rest.startsWith(':')) return `${scheme}//${user}:${MARK}@`;
  // git@ and a container are no secrets; a token is
  const isKnown = rest === '' && (user === 'git' || CONTAINERS.includes(scheme.toLowerCase()));
  return isKnown ? all : `${scheme}//${MARK}@`;
}
