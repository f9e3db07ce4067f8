import * as path from 'node:path';
import { SERVICES } from '../python';
import { describeProgram, describePytest } from './describe-program';

describeProgram('inference', undefined, undefined, SERVICES);

/** A Python that has the extra `torch` of the service: its packages are several gigabytes, so that no run installs them. */
const PYTORCH = process.env.ML_PLATFORM_PYTORCH_PYTHON;

const describePyTorch = PYTORCH === undefined ? describe.skip : describe;

describePyTorch('inference: tests with PyTorch (ML_PLATFORM_PYTORCH_PYTHON names no Python that has it)', () => {
  describePytest(path.join(SERVICES, 'inference'), 'tests/with_torch', () => Promise.resolve(PYTORCH ?? ''));
});
