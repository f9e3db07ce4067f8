import { Mistake, programOf } from './mistake';

/** Tests that would hold, or fail, for another reason than their writer thinks. */
export const TESTING_MISTAKES: Mistake[] = [
  {
    what: 'a test of an environment that the app does not have',
    program: programOf("lib.PlatformTemplate.fromApp(app, 'production');"),
    stderr:
      '[PlatformTemplate.fromApp] environment must name an environment of the app, got "production": use one of: local.',
  },
  {
    what: 'a count of zero of a kind that is written in the plural',
    program: programOf("lib.PlatformTemplate.fromApp(app).objectCountIs('namespaces', 0);"),
    stderr:
      '[PlatformTemplate.objectCountIs] kind must be written as it is in the output, got "namespaces": use Namespace.',
  },
  {
    what: 'Match.absent() as the element of an array',
    program: programOf("lib.Match.arrayWith(['Ingress', lib.Match.absent()]);"),
    stderr:
      '[Match.arrayWith] pattern[1] must not be absent(), got "Match.absent()": give it as the value of a key that must not be there.',
  },
  {
    what: 'a property of another object that is undefined in a pattern',
    program: programOf('lib.Match.objectLike({ spec: { replicas: platform.replicas } });'),
    stderr:
      '[Match.objectLike] pattern.spec.replicas must be given, got nothing: use Match.absent() for a key that must not be there, Match.anyValue() for any value.',
  },
];
