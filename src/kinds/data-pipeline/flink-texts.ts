import { fail } from '../../contracts/errors';
import { DataPipelinePlan } from './plan';

/** The program puts keys of Secrets in the place of `{{source.password}}` and the like, wherever they stand in a statement. */
export function checkPlaceholders({ scope, spec }: DataPipelinePlan): void {
  const { source, sink, transformations = [], quality = [] } = spec;
  const texts = {
    ...optionTexts('source', source.config.options),
    ...optionTexts('sink', sink.config.options),
    ...Object.fromEntries(
      transformations.flatMap(({ config }, index) => [
        [`transformations[${index}].config.condition`, config.condition],
        [`transformations[${index}].config.query`, config.query],
        ...Object.entries(config.aggregates ?? {}).map(([column, text]) => [
          `transformations[${index}].config.aggregates.${column}`,
          text,
        ]),
      ]) as [string, string | undefined][],
    ),
    ...Object.fromEntries(quality.map(({ expression }, index) => [`quality[${index}].expression`, expression])),
  };
  for (const [prop, text] of Object.entries(texts)) {
    if (!text?.includes('{{')) continue;
    const fix = "leave it out, or put the two apart: '{' || '{'";
    fail(scope, prop, "must have no '{{', which stands for a key of a Secret", text, fix);
  }
}

function optionTexts(part: string, options: { readonly [key: string]: string } = {}): { [prop: string]: string } {
  return Object.fromEntries(Object.entries(options).map(([key, text]) => [`${part}.config.options.${key}`, text]));
}

/** What columns are written with: names in backticks or plain, texts, types and expressions without comments. */
const COLUMN_TOKENS = /^(?:`[^`]*`|'[^']*'|-(?!-)|\/(?!\*)|[A-Za-z0-9_ \t\r\n,.:+*=<>()])*$/;

/** Refuses columns that would end the list that they stand in: what comes after it says where the table is. */
export function checkColumns({ scope }: DataPipelinePlan, schema: string): void {
  let depth = 0;
  for (const char of schema.replace(/`[^`]*`|'[^']*'/g, '')) {
    if (char === '(') depth++;
    if (char === ')' && --depth < 0) break;
  }
  if (depth === 0 && COLUMN_TOKENS.test(schema)) return;
  const fix = 'write them as in CREATE TABLE, without comments: id BIGINT, amount DECIMAL(10, 2)';
  fail(scope, 'source.config.options.schema', 'must be columns and nothing else', schema, fix);
}
