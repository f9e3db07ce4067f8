/**
 * How fast model servers are scaled: after a minute at most the larger of ten pods a minute and a doubling each half minute are
 * added; after five minutes at most half is removed each minute.
 */
export const MODEL_SCALING_BEHAVIOUR = {
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  },
  scaleUp: {
    stabilizationWindowSeconds: 60,
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 30 },
      { type: 'Pods', value: 10, periodSeconds: 60 },
    ],
  },
};
