/** Name of the EventBus in each namespace whose workflows start with pushes. */
export const EVENT_BUS_NAME = 'default';

/** Port at which an EventSource takes pushes. */
export const PUSH_PORT = 12_000;

/** Port of an EventBus for its clients, and among its servers. Source: https://github.com/argoproj/argo-events/blob/v1.9.10/pkg/reconciler/eventbus/installer/jetstream.go */
export const EVENT_BUS_PORT = 4222;
export const EVENT_BUS_CLUSTER_PORT = 6222;

/** Label that Argo Events gives to the pods of an EventBus, an EventSource and a Sensor; its value is the name of the object. */
export const EVENT_BUS_LABEL = 'eventbus-name';
export const EVENT_SOURCE_LABEL = 'eventsource-name';
export const SENSOR_LABEL = 'sensor-name';
