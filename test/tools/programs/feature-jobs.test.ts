import { describeProgram } from './describe-program';

describeProgram('feature-jobs');
