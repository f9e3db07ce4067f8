type Fields = Readonly<Record<string, unknown>>;

/** Why a body is no request of `customize`, or undefined when it is one. */
export function customizeRequestProblem(body: unknown): string | undefined {
  if (!isFields(body)) return 'the body must be a JSON object';
  return objectProblem('parent', body.parent);
}

/** Why a body is no request of `sync` or `finalize`, or undefined when it is one. */
export function syncRequestProblem(body: unknown): string | undefined {
  const wrong = customizeRequestProblem(body);
  if (wrong !== undefined) return wrong;
  const { children, related, finalizing } = body as Fields;
  if (finalizing !== undefined && typeof finalizing !== 'boolean') return 'finalizing must be true or false';
  // Metacontroller leaves `related` empty for controllers without customize
  return mapProblem('children', children) ?? mapProblem('related', related ?? {});
}

function mapProblem(field: string, map: unknown): string | undefined {
  if (!isFields(map)) return `${field} must be objects by kind and name`;
  for (const [kind, objects] of Object.entries(map)) {
    if (!isFields(objects)) return `${field}["${kind}"] must be objects by name`;
    for (const [name, object] of Object.entries(objects)) {
      const wrong = objectProblem(`${field}["${kind}"]["${name}"]`, object);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function objectProblem(field: string, object: unknown): string | undefined {
  if (!isFields(object)) return `${field} must be a Kubernetes object`;
  for (const key of ['apiVersion', 'kind']) {
    if (typeof object[key] !== 'string') return `${field}.${key} must be a string`;
  }
  const { metadata } = object;
  if (!isFields(metadata) || typeof metadata.name !== 'string') return `${field}.metadata.name must be a string`;
  for (const key of ['spec', 'status']) {
    if (object[key] !== undefined && object[key] !== null && !isFields(object[key]))
      return `${field}.${key} must be an object`;
  }
  return undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
