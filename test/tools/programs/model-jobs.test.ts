import { describeProgram } from './describe-program';

describeProgram('model-jobs');
