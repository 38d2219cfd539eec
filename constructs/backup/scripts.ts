/**
 * What PostgreSQL's own client does in its containers; each is given the path of its files without their endings, and
 * finds the database by libpq's variables. What it says of the database goes to images/backup.
 */

/** Dumps a database as it is at one moment, which is written down before. */
export const DUMP = `
set -eu
umask 077
date -u +%Y-%m-%dT%H:%M:%SZ > "$1.at"
pg_dump --no-password --format=plain --no-owner --no-privileges --compress=6 --lock-wait-timeout=60s --file="$1.sql.gz.new"
mv "$1.sql.gz.new" "$1.sql.gz"
`;

/** Says which tables have rows: 0, 1, or 2 for more. */
export const LOOK = `
set -eu
umask 077
psql -XAtq --no-password --set=ON_ERROR_STOP=1 --output="$1.look" <<'SQL'
select 'version ' || current_setting('server_version_num');
select format('select %L || count(*) from (select from %s limit 2) as found', format('rows %s ', c.oid::regclass), c.oid::regclass)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \\gexec
SQL
`;

/** Takes what the role owns away and loads a dump in its place: in one transaction, and so wholly or not at all. */
export const LOAD = `
set -eu
export PGOPTIONS='-c lock_timeout=60s'
psql -Xq --no-password --set=ON_ERROR_STOP=1 --single-transaction --output=/dev/null --command='DROP OWNED BY CURRENT_USER CASCADE' --file="$1.sql"
`;
