import * as path from 'node:path';

import { describeProgram } from '../programs/describe-program';

describeProgram('services', undefined, undefined, path.resolve(__dirname, '../../../examples/chatdb'));
