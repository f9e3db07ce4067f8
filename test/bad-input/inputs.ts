import { ADMISSION_INPUTS } from './admission-inputs';
import { ALERTING_INPUTS } from './alerting-inputs';
import { API_GATEWAY_INPUTS } from './api-gateway-inputs';
import { APP_INPUTS } from './app-inputs';
import { AWS_INPUTS } from './aws-inputs';
import { BACKING_SERVICE_INPUTS } from './backing-service-inputs';
import { BadInput } from './bad-input';
import { CHATDB_INPUTS } from './chatdb-inputs';
import { CONTRACT_INPUTS } from './contract-inputs';
import { DELIVERY_INPUTS } from './delivery-inputs';
import { KIND_INPUTS } from './kind-inputs';
import { MICROSERVICE_INPUTS } from './microservice-inputs';
import { OPERATOR_INPUTS } from './operator-inputs';
import { PLATFORM_INPUTS } from './platform-inputs';
import { WORKLOAD_INPUTS } from './workload-inputs';
import { ZERO_TOUCH_INPUTS } from './zero-touch-inputs';

/** Everything that is refused, layer by layer. */
export const INPUTS: BadInput[] = [
  ...APP_INPUTS,
  ...DELIVERY_INPUTS,
  ...CONTRACT_INPUTS,
  ...AWS_INPUTS,
  ...BACKING_SERVICE_INPUTS,
  ...KIND_INPUTS,
  ...PLATFORM_INPUTS,
  ...ALERTING_INPUTS,
  ...WORKLOAD_INPUTS,
  ...MICROSERVICE_INPUTS,
  ...OPERATOR_INPUTS,
  ...ADMISSION_INPUTS,
  ...ZERO_TOUCH_INPUTS,
  ...API_GATEWAY_INPUTS,
  ...CHATDB_INPUTS,
];
