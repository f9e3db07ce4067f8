import { Mistake, programOf } from './mistake';

/** A program with services that depend on each other, `shop`, and a function `service`. */
function servicesOf(body: string): string {
  return programOf(`const messageBus = local.addMessageBus('kafka');
const shop = new lib.Microservices(chart, 'shop', { namespace: platform.teams.core, messageBus });
const service = (id, props) => new lib.Microservice(shop, id, { image: 'ghcr.io/acme/shop:1.0.0', ...props });
${body}`);
}

/** Services and what they depend on, and ChatDB. */
export const MICROSERVICE_MISTAKES: Mistake[] = [
  {
    what: 'services that wait for each other',
    program: servicesOf(`const stock = service('stock', {});
const orders = service('orders', { entryPoint: true, dependencies: [lib.Dependency.http(stock)] });
stock.addDependency(lib.Dependency.http(orders));`),
    stderr: `1 problem found, nothing was written:
  [local/team/shop] has services that wait for each other: stock -> orders -> stock; remove one of these dependencies, or have one service tell the other by a Topic, which orders nothing`,
  },
  {
    what: 'a service that nobody calls, and a topic that nobody reads',
    program: servicesOf(`const placed = new lib.Topic(shop, 'placed');
service('mail', {});
service('orders', { dependencies: [lib.Dependency.produces(placed)] });`),
    stderr: `3 problems found, nothing was written:
  [local/team/shop/mail] is called by nothing: add it to the dependencies of what calls it, set entryPoint where that is outside, or remove it
  [local/team/shop/orders] is called by nothing: add it to the dependencies of what calls it, set entryPoint where that is outside, or remove it
  [local/team/shop/placed] has no consumer; add Dependency.consumes() to the service that reads it, or remove it`,
  },
  {
    what: 'a database elsewhere whose Secret nothing makes',
    program: servicesOf(`const stock = lib.ExternalService.mysql('stock', {
  host: 'stock.db.acme.example', cidrs: ['203.0.113.32/28'], databaseName: 'stock', secretName: 'stock-database',
});
service('orders', { entryPoint: true, dependencies: [lib.Dependency.external(stock)] });`),
    stderr: `1 problem found, nothing was written:
  [local/team/shop/orders/Resource] Deployment orders: refers to Secret stock-database in namespace app-core-team, which nothing creates; deliver it with an ExternalSecret or a Certificate, name it to environment.addExistingObject() where it is made by hand, or mark the reference optional`,
  },
  {
    what: 'a class of size and an amount of memory beside it',
    program: servicesOf(`service('orders', { entryPoint: true, size: lib.ServiceSize.STANDARD, memory: '1Gi' });`),
    stderr:
      '[local/team/shop/orders] memory must not come with size, got "1Gi": leave it out, or give numbers in place of size.',
  },
  {
    what: 'a program of ChatDB with a letter missing',
    program: programOf(`const images = { 'ml-engin': 'ghcr.io/acme/ml-engine:2.0.0' };
new lib.ChatDb(local, 'chatdb', { image: 'ghcr.io/acme/chatdb:1.0.0', images });`),
    stderr: '[local/chatdb] images must be of programs that there are, got "ml-engin": use ml-engine.',
  },
  {
    what: 'a ChatDB in production that lets everybody in',
    program: `const lib = require('ml-platform-constructs');
const app = new lib.PlatformApp();
const production = app.environment('production', {
  provider: lib.AwsProvider.inRegion('eu-west-1', { account: '111122223333' }),
  tier: lib.Tier.PRODUCTION,
});
new lib.ChatDb(production, 'chatdb', {
  domain: 'acme.example',
  image: 'ghcr.io/acme/chatdb:1.0.0',
  criticalAlertReceivers: [lib.AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
});
app.synth();
`,
    stderr: `[production/chatdb] jwtIssuer must be given in staging and production, got nothing: give the issuer of the tokens, such as 'https://auth.acme.example/realms/chatdb'.`,
  },
];
