const DATABASE_NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** CloudNativePG's DatabaseRole refuses some of them, PostgreSQL others; `app` is the first database. */
const RESERVED_NAME = /^(?:postgres|streaming_replica|app|template[01]|pg_.*|cnpg_.*)$/;

/** Why a database cannot be called so, in words. */
export function databaseNameProblem(name: string): string | undefined {
  if (DATABASE_NAME.test(name) && !RESERVED_NAME.test(name)) return undefined;
  return `cannot have a database "${name}": a name is up to 40 lower-case letters, digits and underscores, begins with a letter, and is none that PostgreSQL or CloudNativePG keeps for itself`;
}
