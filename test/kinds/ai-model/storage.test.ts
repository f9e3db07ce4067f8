import { MODEL_DIRECTORY } from '../../../src/kinds/ai-model/runtimes';
import { AIModelSettings } from '../../../src/kinds/ai-model/settings';
import { make, predictor } from './support';

describe('where the model comes from', () => {
  test.each([
    ['s3a://models/churn', 's3://models/churn'],
    ['abfss://box@acme.dfs.core.windows.net/churn/1', 'https://acme.blob.core.windows.net/box/churn/1'],
    ['hf://org/churn', 'hf://org/churn'],
  ])('%s is fetched as %s', (location, uri) => {
    expect(predictor(make({ storage: { location } }))).toMatchObject({
      initContainers: [{ args: [uri, '/mnt/models'] }],
    });
  });

  test('a claim is mounted, and nothing is fetched', () => {
    const made = predictor(make({ storage: { location: 'pvc://models/churn/1' } }));
    expect(made).not.toHaveProperty('initContainers');
    expect(made).toMatchObject({
      volumes: [{}, { persistentVolumeClaim: { claimName: 'models', readOnly: true } }],
      model: { volumeMounts: [{}, { mountPath: '/mnt/models', subPath: 'churn/1', readOnly: true }] },
    });
  });

  test('an image is a volume', () => {
    const made = predictor(make({ storage: { location: 'oci://registry.example.com/churn:1' } }));
    expect(made).toMatchObject({ volumes: [{}, { image: { reference: 'registry.example.com/churn:1' } }] });
  });

  test('a checksum is compared before the server starts', () => {
    const sha256 = 'a'.repeat(64);
    const made = predictor(make({ storage: { location: 's3://models/churn', sha256 } }));
    expect(made).toMatchObject({ initContainers: [{}, { name: 'checksum', command: ['python3', '-c', {}, sha256] }] });
    // the program knows by itself where the model is
    const { initContainers } = made as { initContainers: { command: string[] }[] };
    expect(initContainers[1].command[2]).toContain(`FOLDER = "${MODEL_DIRECTORY}"`);
  });

  test('keys come from the Secret of the model, else from those of the platform', () => {
    const storage: AIModelSettings['storage'] = {
      env: { AWS_ENDPOINT_URL_S3: 'http://s3:8333', AWS_REGION: 'us-east-1' },
      secretEnv: [{ name: 'AWS_ACCESS_KEY_ID', secretName: 'bucket', key: 'id' }],
    };
    expect(predictor(make({}, { storage }))).toMatchObject({
      initContainers: [
        {
          env: expect.arrayContaining([
            { name: 'AWS_ENDPOINT_URL', value: 'http://s3:8333' },
            { name: 'AWS_DEFAULT_REGION', value: 'us-east-1' },
            { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 'bucket', key: 'id' } } },
          ]) as object[],
        },
      ],
    });
    const own = predictor(make({ storage: { location: 's3://x/y', secretRef: { name: 'mine' } } }, { storage }));
    expect(own).toMatchObject({ initContainers: [{ envFrom: [{ secretRef: { name: 'mine' } }] }] });
    expect(JSON.stringify(own)).not.toContain('bucket');
  });
});
