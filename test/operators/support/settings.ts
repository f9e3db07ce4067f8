import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';

/** A platform with everything installed. */
export const SETTINGS: OperatorSettings = {
  gateway: {
    name: 'platform',
    namespace: 'gateway-system',
    domain: 'ml.example.com',
    podNamespace: 'gateway-system',
    podLabels: { 'gateway.envoyproxy.io/owning-gateway-name': 'platform' },
  },
  scraper: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } },
  prometheusUrl: 'http://kube-prometheus-stack-prometheus.monitoring.svc:9090',
};
