import { APP_MISTAKES } from './app';
import { AWS_MISTAKES } from './aws';
import { COMMAND_LINE_MISTAKES } from './command-line';
import { GRAPH_MISTAKES } from './graph';
import { GRANT_MISTAKES } from './grants';
import { KIND_MISTAKES } from './kinds';
import { MICROSERVICE_MISTAKES } from './microservices';
import { Mistake } from './mistake';
import { PROPS_MISTAKES } from './props';
import { REHEARSAL_MISTAKES } from './rehearsal';
import { SCHEMA_MISTAKES } from './schema';
import { SECRET_MISTAKES } from './secrets';
import { TESTING_MISTAKES } from './testing';

/** Every mistake; one file of this folder for each area. */
export const MISTAKES: Mistake[] = [
  ...APP_MISTAKES,
  ...AWS_MISTAKES,
  ...COMMAND_LINE_MISTAKES,
  ...GRAPH_MISTAKES,
  ...GRANT_MISTAKES,
  ...KIND_MISTAKES,
  ...MICROSERVICE_MISTAKES,
  ...PROPS_MISTAKES,
  ...REHEARSAL_MISTAKES,
  ...SCHEMA_MISTAKES,
  ...SECRET_MISTAKES,
  ...TESTING_MISTAKES,
];
