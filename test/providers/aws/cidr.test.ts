import * as fc from 'fast-check';
import {
  Cidr,
  contains,
  formatCidr,
  isPrivate,
  LONGEST_VPC_PREFIX,
  overlaps,
  parseCidr,
  part,
  subnetsOf,
  ZONE_PLACES,
} from '../../../src/providers/aws/cidr';

const cidrs = fc.tuple(fc.integer({ min: 0, max: 32 }), fc.nat({ max: 2 ** 31 - 1 })).map(([prefix, bits]): Cidr => {
  const size = 2 ** (32 - prefix);
  return { base: Math.floor((bits * 2) / size) * size, prefix };
});

const vpcs = fc
  .tuple(fc.nat({ max: 255 }), fc.integer({ min: 16, max: LONGEST_VPC_PREFIX }), fc.nat())
  .map(([octet, prefix, at]) =>
    part({ base: (10 * 256 + octet) * 65536, prefix: 16 }, prefix, at % 2 ** (prefix - 16)),
  );

const read = (text: string) => parseCidr(text) as Cidr;

test('a range is read as it is written', () => {
  fc.assert(fc.property(cidrs, (cidr) => expect(parseCidr(formatCidr(cidr))).toEqual(cidr)));
});

test.each([
  ['10.0.0.0/33'],
  ['10.0.0.256/32'],
  ['10.0.0.1/24'],
  ['10.0.0.0'],
  ['10.0.0/16'],
  [' 10.0.0.0/16'],
  ['fd00::/48'],
  [''],
])('%p is no range', (text) => {
  expect(parseCidr(text)).toBeUndefined();
});

test('ranges overlap exactly when one contains the other', () => {
  fc.assert(
    fc.property(cidrs, cidrs, (a, b) => {
      expect(overlaps(a, b)).toBe(contains(a, b) || contains(b, a));
      expect(overlaps(a, b)).toBe(overlaps(b, a));
    }),
  );
});

test('neighbouring blocks do not overlap', () => {
  expect(overlaps(read('10.0.0.0/17'), read('10.0.128.0/17'))).toBe(false);
  expect(overlaps(read('10.0.0.0/16'), read('10.0.255.255/32'))).toBe(true);
});

test('every zone has its three subnets, inside the VPC, none overlapping another', () => {
  fc.assert(
    fc.property(vpcs, (vpc) => {
      const zones = Array.from({ length: ZONE_PLACES }, (_, place) => subnetsOf(vpc, place));
      const all = zones.flatMap((zone) => [zone.private, zone.public, zone.database].map(read));
      all.forEach((subnet, at) => {
        expect(contains(vpc, subnet)).toBe(true);
        all.slice(at + 1).forEach((other) => expect(overlaps(subnet, other)).toBe(false));
      });
      for (const zone of zones) {
        expect(read(zone.private).prefix).toBeLessThanOrEqual(24);
        expect(read(zone.public).prefix).toBeLessThanOrEqual(27);
        expect(read(zone.database).prefix).toBeLessThanOrEqual(27);
      }
    }),
  );
});

test('the first and the last zone of a /16', () => {
  expect(subnetsOf(read('10.0.0.0/16'), 0)).toEqual({
    private: '10.0.0.0/19',
    public: '10.0.192.0/22',
    database: '10.0.224.0/22',
  });
  expect(subnetsOf(read('10.0.0.0/16'), 5)).toEqual({
    private: '10.0.160.0/19',
    public: '10.0.212.0/22',
    database: '10.0.244.0/22',
  });
});

test('private ranges', () => {
  expect(isPrivate(read('172.31.0.0/16'))).toBe(true);
  expect(isPrivate(read('172.32.0.0/16'))).toBe(false);
  expect(isPrivate(read('10.0.0.0/7'))).toBe(false);
});
