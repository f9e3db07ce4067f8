import { Environment, EnvironmentProps } from '../../src/app';
import { KindProvider } from '../../src/providers/kind';
import { temporaryApp } from '../support/synth';

function environmentWith(props: Partial<EnvironmentProps> = {}): Environment {
  const environment = temporaryApp().app.environment('sample', { provider: KindProvider.local(), ...props });
  environment.addCluster();
  return environment;
}

test('it is backing-services where nobody says another', () => {
  const environment = environmentWith();
  expect(environment.backingServicesNamespace).toBe('backing-services');
  expect(environment.addDatabase('database').host).toBe('database.backing-services.svc.cluster.local');
});

test('a composition chooses one before anything is placed, and the same again at any time', () => {
  const environment = environmentWith();
  environment._placeBackingServices('chatdb-system');
  expect(environment.backingServicesNamespace).toBe('chatdb-system');
  environment.addDatabase('database');
  environment._placeBackingServices('chatdb-system');
  expect(() => environment._placeBackingServices('other')).toThrow(
    '[sample] backingServicesNamespace must be chatdb-system, which is chosen already, got "other": give the environment backingServicesNamespace: \'other\'.',
  );
});

test('once something is in the default one, no other can be chosen', () => {
  const environment = environmentWith();
  environment.addObjectStore('models');
  environment._placeBackingServices('backing-services');
  expect(() => environment._placeBackingServices('chatdb-system')).toThrow(
    '[sample] backingServicesNamespace must be chosen before anything is in backing-services, got "chatdb-system": give the environment backingServicesNamespace: \'chatdb-system\', or make what chooses it before the first backing service.',
  );
});

test('what the environment says counts', () => {
  const environment = environmentWith({ backingServicesNamespace: 'chatdb-system' });
  environment.addCache('cache');
  environment._placeBackingServices('chatdb-system');
  expect(environment.backingServicesNamespace).toBe('chatdb-system');
});

test.each([
  ['Chatdb', 'must be a DNS label'],
  ['kube-system', 'must not be a namespace of Kubernetes or of the platform'],
  ['default', 'must not be a namespace of Kubernetes or of the platform'],
  ['platform-system', 'must not be a namespace of Kubernetes or of the platform'],
  ['null', 'must be a name that YAML reads as text'],
])('%s is refused', (backingServicesNamespace, message) => {
  expect(() => environmentWith({ backingServicesNamespace })).toThrow(`[sample] backingServicesNamespace ${message}`);
  expect(() => environmentWith()._placeBackingServices(backingServicesNamespace)).toThrow(message);
});
