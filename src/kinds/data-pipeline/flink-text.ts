/** Options of ours; all others are Flink's own. */
const OUR_OPTIONS = ['schema', 'partitionTimeColumn'];

/** The user of the Secret, as the program on Spark has it: SCRAM over TLS, unless the options say otherwise. */
export function login(
  part: 'source' | 'sink',
  options: { readonly [key: string]: string } = {},
): { [key: string]: string } {
  const mechanism = options['kafka.sasl.mechanism'] ?? 'SCRAM-SHA-512';
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return {
    'properties.security.protocol': 'SASL_SSL',
    'properties.sasl.mechanism': mechanism,
    'properties.sasl.jaas.config':
      `org.apache.kafka.common.security.${module} required ` +
      `username="{{${part}.username}}" password="{{${part}.password}}";`,
  };
}

/** Options of the spec as Flink has them: `kafka.` is Spark's word for properties of the client. */
export function own(options: { readonly [key: string]: string } = {}): { [key: string]: string } {
  const ours = Object.entries(options).filter(([key]) => !OUR_OPTIONS.includes(key));
  return Object.fromEntries(ours.map(([key, value]) => [key.replace(/^kafka\./, 'properties.'), value]));
}

/** The statement that makes a table. */
export function createTable(name: string, columns: string, options: { readonly [key: string]: string }): string {
  const listed = Object.entries(options).map(([key, value]) => `${literal(key)} = ${literal(value)}`);
  return `CREATE TEMPORARY TABLE ${id(name)} (${columns}) WITH (${listed.join(', ')})`;
}

/** A name. */
export function id(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A text. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
