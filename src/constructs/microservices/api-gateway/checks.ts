import { IConstruct } from 'constructs';
import { checkWhole } from '../../../contracts/bounds';
import { fail } from '../../../contracts/errors';
import { domainName, objectName } from '../../../contracts/names';
import { ApiRoute } from './api-route';
import { Tokens } from './token-issuer';

/** What a gateway says in numbers. */
interface NumberProps {
  readonly requestsPerMinute?: number;
  readonly requestsPerMinutePerAddress?: number;
  readonly trustedProxies?: number;
  readonly workers?: number;
}

/** What a gateway says of its certificate. */
interface CertificateProps {
  readonly host?: string;
  readonly certificateIssuer?: string;
  readonly tlsSecretName?: string;
}

/** Refuses numbers that are out of bounds. */
export function checkNumbers(where: IConstruct, props: NumberProps): void {
  const perMinute = 'give requests in a minute';
  checkWhole(where, 'requestsPerMinute', props.requestsPerMinute, 1, 1_000_000, perMinute);
  checkWhole(where, 'requestsPerMinutePerAddress', props.requestsPerMinutePerAddress, 1, 10_000_000, perMinute);
  checkWhole(where, 'trustedProxies', props.trustedProxies, 0, 10, 'give a number of proxies');
  checkWhole(where, 'workers', props.workers, 1, 64, 'give a number of threads');
}

/** Refuses a certificate for no host, and two at a time. */
export function checkCertificate(
  where: IConstruct,
  { host, certificateIssuer, tlsSecretName }: CertificateProps,
): void {
  if (certificateIssuer === undefined) {
    if (host !== undefined) {
      fail(where, 'host', 'must come with certificateIssuer', host, 'give it too, or leave host out');
    }
  } else {
    objectName(where, 'certificateIssuer', 'a ClusterIssuer', certificateIssuer, 'name one, such as letsencrypt');
    if (tlsSecretName !== undefined) {
      fail(where, 'tlsSecretName', 'must not come with certificateIssuer', tlsSecretName, 'leave one of them out');
    }
    if (host === undefined) {
      const fix = "give the name by which clients reach the gateway, such as 'api.acme.example'";
      fail(where, 'host', 'must come with certificateIssuer', undefined, fix);
    }
    domainName(where, 'host', host, 'host name', 'api.acme.example');
  }
}

/** Refuses routes that never get a request, or that let nobody in. */
export function checkRoutes(where: IConstruct, routes: ApiRoute[], tokens: Tokens | undefined): void {
  if (routes.length === 0) fail(where, 'routes', 'must have at least one route', routes, 'add ApiRoute.to(…)');
  const first = new Map<string, number>();
  routes.forEach((route, at) => {
    const { pathPrefix, allowAnonymous } = route._settings();
    const other = first.get(pathPrefix);
    if (other !== undefined) {
      const rule = `must differ from that of routes[${other}], which would get all of the requests`;
      fail(where, `routes[${at}].pathPrefix`, rule, pathPrefix, 'give one of them another, or remove it');
    }
    first.set(pathPrefix, at);
    if (!tokens && !allowAnonymous) {
      const rule = `must be given, since the route ${pathPrefix} needs a token`;
      fail(where, 'jwtIssuer', rule, undefined, 'give it and jwtAudiences, or set allowAnonymous of the route');
    }
  });
}
