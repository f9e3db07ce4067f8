import {
  AlertReceiver,
  AwsProvider,
  ChatDb,
  Delivery,
  Exposure,
  ExternalService,
  KindProvider,
  PlatformApp,
  PlatformAppProps,
  Tier,
} from 'ml-platform-constructs';

/** One image with all programs, which `services/` has the source of. */
const IMAGE = 'ghcr.io/acme/chatdb:1.0.0';

/** The programs of `services/` tell readiness apart from health: they stay while what they depend on is away, and get no requests. */
const READINESS = {
  'training-orchestrator': '/health/ready',
  'ml-engine': '/health/ready',
  'model-registry': '/health/ready',
  'query-parser': '/health/ready',
  'prediction-service': '/health/ready',
  'db-connector': '/actuator/health/readiness',
  'test-service': '/health/ready',
};

/** The databases that users ask about. Their Secrets are made by hand, or by External Secrets from a vault. */
const DATABASES = [
  ExternalService.postgresql('orders', {
    host: 'orders.db.acme.example',
    cidrs: ['203.0.113.16/28'],
    databaseName: 'orders',
    secretName: 'orders-database',
  }),
  ExternalService.mysql('stock', {
    host: 'stock.db.acme.example',
    cidrs: ['203.0.113.32/28'],
    databaseName: 'stock',
    secretName: 'stock-database',
  }),
  ExternalService.mongodb('reviews', {
    host: 'reviews.db.acme.example',
    cidrs: ['203.0.113.48/28'],
    databaseName: 'reviews',
    secretName: 'reviews-database',
  }),
];

/** ChatDB on a laptop, and in production on AWS. */
export function chatDb(props: PlatformAppProps = {}): PlatformApp {
  const app = new PlatformApp(props);

  const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  new ChatDb(local, 'chatdb', {
    domain: 'chatdb.localhost.example',
    image: IMAGE,
    readinessPaths: READINESS,
    externalDatabases: DATABASES,
  });

  const production = app.environment('production', {
    // an example's number: with your own, Terraform refuses every other account
    provider: AwsProvider.inRegion('eu-west-1', {
      account: '111122223333',
      stateBucket: 'acme-tf-state',
      publicAccessCidrs: ['203.0.113.0/24'],
    }),
    tier: Tier.PRODUCTION,
    delivery: Delivery.argoCd({ repository: 'https://github.com/acme/chatdb.git' }),
  });
  new ChatDb(production, 'chatdb', {
    domain: 'acme.example',
    image: IMAGE,
    readinessPaths: READINESS,
    jwtIssuer: 'https://auth.acme.example/realms/chatdb',
    exposure: Exposure.loadBalancer({ internetFacing: true }),
    // Amazon MSK, with a broker in each zone
    messageBus: { managed: true },
    externalDatabases: DATABASES,
    // their secrets are Secrets in data-platform-monitoring
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
    warningAlertReceivers: [AlertReceiver.slack({ channel: '#chatdb', urlSecretName: 'slack' })],
    watchdogReceiver: AlertReceiver.webhook({ urlSecretName: 'dead-mans-switch' }),
  });
  for (const environment of app.environments) {
    for (const { name } of DATABASES) {
      environment.addExistingObject({ kind: 'Secret', name: `${name}-database`, namespace: 'chatdb-services' });
    }
  }
  return app;
}
