import { describeProgram } from './describe-program';

describeProgram('flink-runner');
