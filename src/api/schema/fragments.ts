import {
  celString,
  choice,
  flag,
  integer,
  list,
  map,
  number,
  quantity,
  rule,
  struct,
  text,
  time,
  TextOptions,
} from './builders';
import { DEVICE_EXAMPLES, DEVICES } from '../../contracts/devices';
import { ENGINE_ACCOUNTS } from '../../contracts/engine-accounts';
import { DNS_LABEL_PATTERN, DNS_SUBDOMAIN_PATTERN, LABEL_KEY_PATTERN } from '../../contracts/names';
import { SELECTABLE_NODE_LABELS } from '../../contracts/placement';
import { CRON_BACKWARDS_PATTERN, CRON_NEVER_PATTERN, CRON_PATTERN } from '../../contracts/cron-schedule';
import { TIME_ZONES } from '../../contracts/generated/time-zones';
import { IMAGE_PATTERN } from '../../contracts/image-reference';
import { Column, Schema } from './schema';
import { labels, labelValue, metricName } from './texts';

/** A name such as those of Services and namespaces. */
export function name(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 63,
    pattern: [
      DNS_LABEL_PATTERN,
      'must be a DNS label: use lower-case letters, digits and hyphens, starting and ending with a letter or digit',
    ],
    ...options,
  });
}

/** A name in code: of a column, a metric or a feature. */
export function identifier(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 63,
    pattern: [
      '^[A-Za-z_][A-Za-z0-9_]*$',
      'must be an identifier: use letters, digits and underscores, starting with no digit',
    ],
    ...options,
  });
}

/** A version; it is a label value as well. */
export function version(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 63,
    pattern: [
      '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$',
      'must be a version that fits in a label: use letters, digits, dots, underscores and hyphens, such as "2.0" or "v3-rc1"',
    ],
    ...options,
  });
}

export function duration(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 2,
    maxLength: 32,
    pattern: [
      '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$',
      'must be a duration: write numbers with units, such as "50ms", "15m32s" or "30d"',
    ],
    ...options,
    rules: [
      rule("self.matches('[1-9]')", 'must be longer than nothing: write at least "1ms"'),
      ...(options.rules ?? []),
    ],
  });
}

export function cron(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 6,
    maxLength: 128,
    pattern: [
      CRON_PATTERN,
      'must be a cron schedule: write minute, hour, day of month, month and day of week, such as "0 2 * * *"',
    ],
    ...options,
    rules: [
      rule(
        `!self.lowerAscii().matches(${celString(CRON_BACKWARDS_PATTERN)})`,
        'must have no range backwards: write the lower value first, such as "0 2 * * 1-5"',
      ),
      rule(
        `!self.lowerAscii().matches(${celString(CRON_NEVER_PATTERN)})`,
        'must be at a time that comes: name a day that one of the months has',
      ),
      ...(options.rules ?? []),
    ],
  });
}

export function timeZone(): Schema {
  return text('Time zone of the schedule, a name of the IANA database.', {
    default: 'Etc/UTC',
    maxLength: 64,
    pattern: [
      '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$',
      'must be a time zone: use a name such as "Europe/Berlin"',
    ],
    rules: [
      rule(
        `self in ['${TIME_ZONES.join("', '")}']`,
        'must be a time zone: use a name of the IANA database in its case, such as "Europe/Berlin"',
      ),
    ],
  });
}

export function image(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 512,
    pattern: [
      IMAGE_PATTERN,
      'must be a container image: write registry/repository:tag or registry/repository@sha256:digest',
    ],
    ...options,
  });
}

/** The user of an image: kubelets start no image whose user is root or has a name where Pod Security forbids root. */
export function runAsUser(absent: string): Schema {
  return integer('User (UID) that the image runs as, for one whose own user is root or has a name.', {
    min: 1,
    max: 2 ** 31 - 1,
    absent,
  });
}

export function secretRef(description: string): Schema {
  return struct(
    'SecretRef',
    description,
    { name: objectName('Name of the Secret, in the namespace of this object.') },
    { required: ['name'], about: 'A Secret in the namespace of the object.' },
  );
}

/** A name as most Kubernetes objects may have it. */
export function objectName(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    pattern: [DNS_SUBDOMAIN_PATTERN, 'must be the name of an object: use lower-case letters, digits, hyphens and dots'],
    ...options,
  });
}

const WHOLE_UNITS = rule(
  "self.all(key, !key.contains('/') || string(self[key]).matches('^[0-9]+$'))",
  'must count extended resources such as nvidia.com/gpu in whole units: write "1"',
);

/** A ServiceAccount that the author of the spec may use; which ones, the policy `account-use` says. */
export function serviceAccountName(description: string, absent: string): Schema {
  return objectName(description, {
    absent,
    rules: [
      rule(
        `!(self in ['${ENGINE_ACCOUNTS.join("', '")}'])`,
        'must not be the account of an engine, which may do more than a program: leave it out, or name an account of your own',
      ),
    ],
  });
}

/** A PriorityClass that the author of the spec may use; which ones, the policy `priority-use` says. */
export function priorityClassName(description: string, absent: string): Schema {
  return objectName(description, {
    absent,
    rules: [
      rule(
        "!self.startsWith('system-')",
        'must not be a class of Kubernetes itself: leave it out, or name one of the platform such as nstarx-production-inference',
      ),
    ],
  });
}

/** Labels of nodes, as far as they say what a machine is. Which nodes are whose is said by zones. */
export function nodeSelector(description: string): Schema {
  return labels(description, {
    maxProperties: 16,
    rules: [
      rule(
        `self.all(key, key in ['${SELECTABLE_NODE_LABELS.join("', '")}'])`,
        'must select nodes by what they are: use labels such as topology.kubernetes.io/zone or node.kubernetes.io/instance-type, or a zone for other nodes',
      ),
    ],
  });
}

/** Bounds by resource, of any extended resource. */
export function resourceBounds(description: string): Schema {
  return map(description, quantity('Amount.'), { maxProperties: 16, rules: [WHOLE_UNITS] });
}

/** Amounts by resource, as in a container's requests. What a pod tolerates follows from them. */
export function resourceList(description: string): Schema {
  return map(description, quantity('Amount.'), {
    maxProperties: 16,
    rules: [
      WHOLE_UNITS,
      rule(
        `self.all(key, !key.contains('/') || key.matches('${DEVICES}'))`,
        `must ask for devices only: use ${DEVICE_EXAMPLES}, or leave the resource out`,
      ),
      rule(
        "self.all(key, !key.contains('/') || !string(self[key]).matches('^0+$'))",
        'must ask for at least one of a device: leave a resource with the amount 0 out',
      ),
    ],
  });
}

export function resourceRequirements(description: string): Schema {
  return struct(
    'ComputeResources',
    description,
    {
      requests: resourceList('What the scheduler reserves for each replica.'),
      limits: resourceList('What a replica may use at most.'),
    },
    {
      about: 'Amounts of CPU, memory and extended resources.',
      rules: [
        rule(
          "has(self.requests) && 'memory' in self.requests",
          'memory requests must be specified: set requests.memory',
        ),
        rule(
          '!has(self.requests) || !has(self.limits) || self.requests.all(key, !(key in self.limits) || ' +
            '!isQuantity(string(self.requests[key])) || !isQuantity(string(self.limits[key])) || ' +
            '!quantity(string(self.requests[key])).isGreaterThan(quantity(string(self.limits[key]))))',
          'must not request more than the limit: raise limits or lower requests',
        ),
        rule(
          "!has(self.requests) || self.requests.all(key, !key.contains('/') || (has(self.limits) && key in self.limits && " +
            'string(self.limits[key]) == string(self.requests[key])))',
          'must have the same request and limit for extended resources such as nvidia.com/gpu: they cannot be overcommitted',
        ),
      ],
    },
  );
}

export function autoscaling(description: string): Schema {
  return struct(
    'Autoscaling',
    description,
    {
      enabled: flag('Whether replicas follow the load.', { default: true }),
      minReplicas: integer('Replicas that always run.', { default: 1, min: 1, max: 1000 }),
      maxReplicas: integer('Replicas that run at most.', { min: 1, max: 1000 }),
      metrics: list('What the load is measured by; the metric that wants most replicas wins.', scalingMetric(), {
        maxItems: 8,
        absent: 'the mean use of CPU at 70 %',
      }),
    },
    {
      about: 'Bounds of the number of replicas, and what it follows.',
      required: ['maxReplicas'],
      rules: [
        rule('self.minReplicas <= self.maxReplicas', 'must not have minReplicas above maxReplicas: raise maxReplicas'),
      ],
    },
  );
}

function scalingMetric(): Schema {
  return struct(
    'ScalingMetric',
    'A figure that replicas are scaled by.',
    {
      type: choice('ScalingMetricType', 'Where the figure comes from.', ['cpu', 'memory', 'custom']),
      name: metricName('Name of a custom metric, as the metrics adapter serves it.', { absent: 'none' }),
      targetAverageUtilization: integer('Percentage of the request that the replicas use on average.', {
        min: 1,
        max: 100,
        absent: 'none',
      }),
      targetValue: quantity('Mean value of the custom metric per replica.', { absent: 'none' }),
    },
    {
      required: ['type'],
      rules: [
        rule(
          "self.type == 'custom' ? has(self.name) && has(self.targetValue) : has(self.targetAverageUtilization)",
          'must have a target: set targetAverageUtilization for cpu and memory, name and targetValue for custom',
        ),
        rule(
          "self.type == 'custom' ? !has(self.targetAverageUtilization) : !has(self.name) && !has(self.targetValue)",
          'must not mix targets: targetAverageUtilization is for cpu and memory, name and targetValue are for custom',
        ),
      ],
    },
  );
}

/** A figure between 0 and 1. */
export function fraction(
  description: string,
  options: { readonly default?: number; readonly absent?: string } = {},
): Schema {
  return number(description, { min: 0, max: 1, ...options });
}

/** A condition as in every Kubernetes API. */
export function conditions(): Schema {
  return list(
    'What is known about the object, one entry per aspect.',
    struct(
      'Condition',
      'An aspect of the state.',
      {
        type: text('The aspect, in CamelCase.', { minLength: 1, maxLength: 316 }),
        status: choice('ConditionStatus', 'Whether it holds.', ['True', 'False', 'Unknown']),
        reason: text('The machine-readable reason, in CamelCase.', { maxLength: 1024 }),
        message: text('A human-readable message.', { maxLength: 32768 }),
        observedGeneration: integer('Generation of the object that this refers to.', { min: 0 }),
        lastTransitionTime: time('When the status last changed.'),
      },
      { required: ['type', 'status'] },
    ),
    { maxItems: 32, keys: ['type'] },
  );
}

/** Status of every kind: what was observed, never what is desired. */
export function status(properties: Readonly<Record<string, Schema>>): Schema {
  return struct('', 'What was observed.', {
    observedGeneration: integer('Generation of the object that this status refers to.', { min: 0 }),
    ...properties,
    conditions: conditions(),
  });
}

/** The state as one word. */
export function phase(values: readonly string[]): Schema {
  return choice('', 'The state as one word; the conditions say more.', values);
}

export function readyColumn(): Column {
  return {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether the object does what it is for.',
  };
}

export function column(
  header: string,
  type: Column['type'],
  jsonPath: string,
  description: string,
  priority = 0,
): Column {
  return { name: header, type, jsonPath, description, ...(priority > 0 ? { priority } : {}) };
}

/** Objects by their labels. */
export function labelSelector(description: string): Schema {
  return struct('LabelSelector', description, {
    matchLabels: labels('Labels that the object has.', { maxProperties: 16 }),
    matchExpressions: list(
      'Conditions on the labels of the object.',
      struct(
        'LabelExpression',
        'A condition on a label.',
        {
          key: text('Label.', {
            minLength: 1,
            maxLength: 317,
            pattern: [
              LABEL_KEY_PATTERN,
              'must be the name of a label: write name or prefix/name, such as "example.com/team"',
            ],
          }),
          operator: choice('LabelOperator', 'How the label is compared.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: list('Values.', labelValue(), { maxItems: 32 }),
        },
        {
          required: ['key', 'operator'],
          rules: [
            rule(
              "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
              'must have values with In and NotIn, and none with Exists and DoesNotExist',
            ),
          ],
        },
      ),
      { maxItems: 16 },
    ),
  });
}
