/** Image of PostgreSQL's clients, which talk to servers of its version and of earlier ones. */
export const POSTGRES_IMAGE = 'docker.io/library/postgres:18.4';

/** The user `postgres` of that image. */
export const POSTGRES_IMAGE_USER = 999;
