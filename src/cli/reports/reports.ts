import { Report } from '../diagnostic';
import { jsonReport } from './json';
import { RunDescription } from './run';
import { sarifReport } from './sarif';
import { textReport } from './text';

/** The forms of a report by their names. */
export const REPORTERS: { readonly [format: string]: (report: Report, run: RunDescription) => string } = {
  text: textReport,
  json: jsonReport,
  sarif: sarifReport,
};
