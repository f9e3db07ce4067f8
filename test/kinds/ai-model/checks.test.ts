import { AIModelFormat, AIModelSpec, AIModelType } from '../../../src/api/generated/ai-model';
import { ComputeResources } from '../../../src/api/generated/shared';
import { AIModelObjectsProps } from '../../../src/kinds/ai-model/ai-model-objects';
import { make, serving } from './support';

test.each<[string, Partial<AIModelSpec>, Partial<AIModelObjectsProps>, RegExp]>([
  ['a name with a dot', {}, { name: 'a.b' }, /name must be a DNS label of at most 52 characters/],
  ['a name that starts with a digit', {}, { name: '1a' }, /name must be a DNS label/],
  ['latest', serving({ image: 'registry.example.com/x:latest' }), {}, /serving\.image must have a tag other than/],
  ['no tag', serving({ image: 'registry.example.com:5000/x' }), {}, /serving\.image must have a tag other than/],
  ['a zone that is not there', serving({ zone: 'z' }), {}, /serving\.zone must be the name of an AIZone that exists/],
  ['custom without an image', { type: AIModelType.CUSTOM }, {}, /serving\.image must be there for type custom/],
  [
    'a foreign format',
    { storage: { location: 's3://x', format: AIModelFormat.GGUF } },
    {},
    /storage\.format must be one/,
  ],
  ['a file', { storage: { location: 'file:///x' } }, {}, /storage\.location must be a place/],
  ['half an escape', { endpoints: [{ name: 'x', path: '/a%' }] }, {}, /endpoints\[0\]\.path must be a path/],
  [
    'a node of another zone',
    serving({ zone: 'z', nodeSelector: { a: 'b' } }),
    { zone: { name: 'z', nodeSelector: { a: 'c' } } },
    /serving\.nodeSelector\['a'\] must agree with the zone/,
  ],
  [
    'percent of nothing',
    serving({
      resources: { requests: { memory: '1Gi' } },
      autoscaling: { maxReplicas: 3 },
    }),
    {},
    /serving\.autoscaling\.metrics\[0\] must follow a resource that replicas request/,
  ],
  [
    'more GPUs than the zone has',
    serving({
      zone: 'z',
      replicas: 3,
      resources: { requests: { memory: '1Gi' }, limits: { 'nvidia.com/gpu': 2 } } as unknown as ComputeResources,
    }),
    { zone: { name: 'z', limits: { 'nvidia.com/gpu': '4' } } },
    /serving\.replicas must not need more nvidia\.com\/gpu than the 4 of zone z.*use at most 2/,
  ],
])('%s is refused', (_, spec, props, message) => {
  expect(() => make(spec, {}, props)).toThrow(message);
});
