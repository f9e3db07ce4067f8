/** Who has which of the personas' ClusterRoles in a zone: the groups are `<zone>-<suffix>`. */
export const ZONE_ROLES = [
  { suffix: 'data-scientists', role: 'nstarx:data-scientist', uses: true },
  { suffix: 'ml-engineers', role: 'nstarx:ml-engineer', uses: true },
  { suffix: 'model-reviewers', role: 'nstarx:model-reviewer', uses: false },
] as const;
