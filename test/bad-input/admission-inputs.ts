import { generateKeyPairSync } from 'node:crypto';
import { ImageSigner, ModelAdmission, ModelAdmissionProps, Namespace, Tier } from 'ml-platform-constructs';
import { AppFactory, BadInput, onKind, platformOn } from './bad-input';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PUBLIC = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PRIVATE = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const WEAK = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();

const GITHUB = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main';

function admit(newApp: AppFactory, props: Partial<ModelAdmissionProps>, tier = Tier.LOCAL): ModelAdmission {
  const environment = onKind(newApp(), {}, tier);
  platformOn(environment);
  const chart = environment.addChart('models');
  const namespaces = [new Namespace(chart, 'ml-inference')];
  return new ModelAdmission(chart, 'admission', { namespaces, signers: [{ publicKey: PUBLIC }], ...props });
}

function signed(by: ImageSigner): BadInput['act'] {
  return (newApp) => admit(newApp, { signers: [by] });
}

const AT = '[local/models/admission]';
const ONE_IDENTITY = 'write the whole identity; it is compared as it is, and a pattern would be met by others.';
const A_WORKFLOW =
  "write it like 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main'; pull requests are anyone's.";

/** Subjects that more than one identity would meet. */
const WILDCARDS = ['*', '.*', `${SUBJECT}*`, 'https://github.com/acme/.+', '^https://github.com/acme/', ''].map(
  (subject): BadInput => ({
    what: `a signer whose identity is a pattern or nothing: ${JSON.stringify(subject)}`,
    given: subject,
    act: signed({ issuer: 'https://issuer.acme.example', subject }),
    message: `${AT} signers[0].subject must be one identity, without wildcards, got ${JSON.stringify(subject)}: ${ONE_IDENTITY}`,
  }),
);

/** What is verified before a model is served. */
export const ADMISSION_INPUTS: BadInput[] = [
  ...WILDCARDS,
  {
    what: 'no signer',
    given: [],
    act: (newApp) => admit(newApp, { signers: [] }),
    message: `${AT} signers must be one signer or more, got []: name who signs; without one nothing could be verified.`,
  },
  {
    what: 'a signer that is nobody',
    given: undefined,
    act: signed({}),
    message: `${AT} signers[0] must have a publicKey, or else an issuer and a subject, got nothing: give the one that signs; two signers are two entries.`,
  },
  {
    what: 'a signer with a key and an identity',
    given: { publicKey: '…', issuer: GITHUB, subject: SUBJECT },
    act: signed({ publicKey: PUBLIC, issuer: GITHUB, subject: SUBJECT }),
    message: `${AT} signers[0] must have a publicKey, or else an issuer and a subject, got {"publicKey":"…","issuer":"${GITHUB}","subject":"${SUBJECT}"}: give the one that signs; two signers are two entries.`,
  },
  {
    what: 'an identity without an issuer',
    given: undefined,
    act: signed({ subject: SUBJECT }),
    message: `${AT} signers[0].issuer must be an https:// URL, got nothing: give the issuer of the tokens, such as ${GITHUB}.`,
  },
  {
    what: 'an issuer over HTTP',
    given: 'http://issuer.acme.example',
    act: signed({ issuer: 'http://issuer.acme.example', subject: 'robot@acme.example' }),
    message: `${AT} signers[0].issuer must be an https:// URL, got "http://issuer.acme.example": give the issuer of the tokens, such as ${GITHUB}.`,
  },
  {
    what: 'an issuer that is a pattern',
    given: 'https://*.acme.example',
    act: signed({ issuer: 'https://*.acme.example', subject: 'robot@acme.example' }),
    message: `${AT} signers[0].issuer must be an https:// URL, got "https://*.acme.example": give the issuer of the tokens, such as ${GITHUB}.`,
  },
  {
    what: 'a workflow without a ref as the signer',
    given: 'https://github.com/acme/models',
    act: signed({ issuer: GITHUB, subject: 'https://github.com/acme/models' }),
    message: `${AT} signers[0].subject must be a workflow of a branch or a tag, got "https://github.com/acme/models": ${A_WORKFLOW}`,
  },
  {
    what: 'the workflow of a pull request as the signer',
    given: SUBJECT.replace('heads/main', 'pull/7/merge'),
    act: signed({ issuer: GITHUB, subject: SUBJECT.replace('heads/main', 'pull/7/merge') }),
    message: `${AT} signers[0].subject must be a workflow of a branch or a tag, got "${SUBJECT.replace('heads/main', 'pull/7/merge')}": ${A_WORKFLOW}`,
  },
  {
    what: 'a private key for a public one',
    given: 'a private key',
    act: signed({ publicKey: PRIVATE }),
    message: `${AT} signers[0].publicKey must be a public key, got "a private key": give the public key (cosign.pub), and make a new pair: what is in a program is no secret.`,
  },
  {
    what: 'the name of a file for a key',
    given: 'cosign.pub…',
    act: signed({ publicKey: 'cosign.pub' }),
    message: `${AT} signers[0].publicKey must be one public key in PEM, got "cosign.pub…": give the content of cosign.pub.`,
  },
  {
    what: 'two keys for one',
    given: '-----BEGIN PUBLIC KEY-----…',
    act: signed({ publicKey: `${PUBLIC}${PUBLIC}` }),
    message: `${AT} signers[0].publicKey must be one public key in PEM, got "-----BEGIN PUBLIC KEY-----…": give the content of cosign.pub.`,
  },
  {
    what: 'a key that is none',
    given: '-----BEGIN PUBLIC KEY-----…',
    act: signed({ publicKey: '-----BEGIN PUBLIC KEY-----\nbm9uZQ==\n-----END PUBLIC KEY-----\n' }),
    message: `${AT} signers[0].publicKey must be a public key in PEM, got "-----BEGIN PUBLIC KEY-----…": give the content of cosign.pub.`,
  },
  {
    what: 'a key that is too short',
    given: 'rsa with 1024 bits',
    act: signed({ publicKey: WEAK }),
    message: `${AT} signers[0].publicKey must be an ECDSA, Ed25519 or RSA key of at least 2048 bits, got "rsa with 1024 bits": make a pair with cosign generate-key-pair.`,
  },
  {
    what: 'an image of the platform that can change',
    given: 'registry.example/jobs:latest',
    act: (newApp) => admit(newApp, { platformImages: ['registry.example/jobs:latest'] }),
    message: `${AT} platformImages[0] must have a digest, or a tag other than latest, got "registry.example/jobs:latest": pin a version, such as 'registry.example/jobs:1.2.3'; otherwise two pods of one workload may run different code.`,
  },
  {
    what: 'a registry without TLS in production',
    given: true,
    act: (newApp) => admit(newApp, { insecureRegistry: true }, Tier.STAGING),
    message: `${AT} insecureRegistry must be false in staging and production, got true: give the registry a certificate; over HTTP anyone on the way answers for it.`,
  },
  {
    what: 'everybody who has logged in as those who may break the glass',
    given: 'system:authenticated',
    act: (newApp) => admit(newApp, { breakGlassGroup: 'system:authenticated' }),
    message: `${AT} breakGlassGroup must be a group of the identity provider, got "system:authenticated": name a group of your own; those that start with system: are built in.`,
  },
  {
    what: 'no namespace of models',
    given: [],
    act: (newApp) => admit(newApp, { namespaces: [] }),
    message: `${AT} namespaces must be one namespace or more, each once, got []: name the namespaces of models.`,
  },
];
