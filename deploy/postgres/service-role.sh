#!/bin/bash
# Makes the one role and the one database of a service, in an empty data folder (docker-entrypoint-initdb.d).
# The service is not the superuser: it owns its database and nothing else (docs/adr/0009). The password is read inside
# psql, so that it stands in no command line, and is kept out of the server's log.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="$SERVICE_ROLE" \
  --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
SET log_min_error_statement = panic;
\set password `cat "${ROLE_PASSWORD_FILE:-/run/secrets/role}"`
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role", postgres, template1 FROM PUBLIC;
SQL
