/**
 * The SQL text that creates everything: a schema of its own with tables, and one function for each write. A write is
 * one call, so it is one transaction, one round trip, and no client that falls silent holds a lock.
 */
import { endingFunctions } from "./schema/endings.ts"
import { feedFunctions } from "./schema/feed.ts"
import { guardFunctions } from "./schema/guards.ts"
import { loginFunctions } from "./schema/logins.ts"
import { refreshFunctions } from "./schema/refreshes.ts"
import { sweepFunctions } from "./schema/sweep.ts"
import { tables } from "./schema/tables.ts"

/** Grows with each change of the text below that an older Evergrant could not work with. */
export const layoutVersion = 2

/** The SQLSTATE with which the text refuses to turn a newer layout into an older one. */
export const newerLayout = "EG001"

/**
 * The text for a schema of this name. It may run again, and by several at once: they wait for each other, and what is
 * there stays.
 *
 * @param schema A name that needs no escaping within double quotes.
 */
export function schemaText(schema: string): string {
  return `-- The store of Evergrant in PostgreSQL, layout ${layoutVersion}.
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('evergrant layout ${schema}', 0));
DO $$ BEGIN
  IF to_regnamespace('"${schema}"') IS NULL THEN CREATE SCHEMA "${schema}"; END IF;
END $$;
SET LOCAL search_path = "${schema}", pg_temp;
SET LOCAL client_min_messages = warning;

CREATE TABLE IF NOT EXISTS layout (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), version integer NOT NULL
);
DO $$ BEGIN
  IF (SELECT version FROM layout) > ${layoutVersion} THEN
    RAISE EXCEPTION 'this schema has a newer layout' USING ERRCODE = '${newerLayout}';
  END IF;
END $$;
${[tables, guardFunctions, feedFunctions, loginFunctions, refreshFunctions, endingFunctions, sweepFunctions].join("")}
INSERT INTO layout (version) VALUES (${layoutVersion})
  ON CONFLICT (only_row) DO UPDATE SET version = excluded.version;
COMMIT;
`
}
