import type { Identity } from '../types';

/** Metacontroller's account, as the chart makes it. */
export const METACONTROLLER: Identity = {
  user: 'system:serviceaccount:metacontroller:metacontroller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:metacontroller', 'system:authenticated'],
};
