export * from './acme-issuer';
export * from './security-baseline';
