/**
 * The tables. Times are seconds since the epoch, as `double precision` holds them exactly. Names and secrets'
 * hashes compare byte by byte, which is what `COLLATE "C"` says. `handles` outlive their login, so that an ended
 * login can be told from an unknown one; a tombstone of kind `login` has no issuer and client.
 */
export const tables: string = `
CREATE TABLE IF NOT EXISTS logins (
  namespace text COLLATE "C" NOT NULL, login_id text COLLATE "C" NOT NULL, user_id text COLLATE "C" NOT NULL,
  created_at double precision NOT NULL, expires_at double precision NOT NULL,
  revision bigint NOT NULL, version bigint NOT NULL, sealed_login text NOT NULL,
  PRIMARY KEY (namespace, login_id)
);
CREATE INDEX IF NOT EXISTS logins_by_user ON logins (namespace, user_id);
CREATE INDEX IF NOT EXISTS logins_by_expiry ON logins (namespace, expires_at);

CREATE TABLE IF NOT EXISTS handles (
  namespace text COLLATE "C" NOT NULL, handle_hash text COLLATE "C" NOT NULL,
  login_id text COLLATE "C" NOT NULL, expires_at double precision,
  PRIMARY KEY (namespace, handle_hash)
);
CREATE INDEX IF NOT EXISTS handles_by_login ON handles (namespace, login_id);
CREATE INDEX IF NOT EXISTS handles_by_expiry ON handles (namespace, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS grants (
  position bigint GENERATED ALWAYS AS IDENTITY,
  namespace text COLLATE "C" NOT NULL, login_id text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL, provider_account_id text COLLATE "C" NOT NULL,
  issuer text COLLATE "C" NOT NULL, client_id text COLLATE "C" NOT NULL,
  sid text COLLATE "C", sub text COLLATE "C" NOT NULL,
  generation bigint NOT NULL, token_hash text COLLATE "C" NOT NULL, first_issued_at double precision NOT NULL,
  received_at double precision NOT NULL, expires_at double precision NOT NULL,
  session_expires_at double precision, sealed_tokens text NOT NULL, sealed_claims text NOT NULL,
  intent_token_hash text COLLATE "C", intent_owner text COLLATE "C", intent_at double precision,
  PRIMARY KEY (namespace, login_id, provider, provider_account_id)
);
CREATE INDEX IF NOT EXISTS grants_by_sid ON grants (namespace, issuer, client_id, sid) WHERE sid IS NOT NULL;
CREATE INDEX IF NOT EXISTS grants_by_sub ON grants (namespace, issuer, client_id, sub);

CREATE TABLE IF NOT EXISTS tombstones (
  namespace text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
  issuer text COLLATE "C" NOT NULL, client_id text COLLATE "C" NOT NULL,
  reason text NOT NULL, at double precision NOT NULL, until double precision NOT NULL,
  PRIMARY KEY (namespace, kind, value, issuer, client_id)
);
CREATE INDEX IF NOT EXISTS tombstones_by_end ON tombstones (namespace, until);

CREATE TABLE IF NOT EXISTS spent_tokens (
  namespace text COLLATE "C" NOT NULL, token_hash text COLLATE "C" NOT NULL,
  login_id text COLLATE "C" NOT NULL, provider text COLLATE "C" NOT NULL,
  provider_account_id text COLLATE "C" NOT NULL, generation bigint NOT NULL, until double precision NOT NULL,
  PRIMARY KEY (namespace, token_hash)
);
CREATE INDEX IF NOT EXISTS spent_tokens_by_end ON spent_tokens (namespace, until);

CREATE TABLE IF NOT EXISTS data (
  namespace text COLLATE "C" NOT NULL, user_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL, sealed_data text NOT NULL,
  PRIMARY KEY (namespace, user_id)
);

CREATE TABLE IF NOT EXISTS leases (
  namespace text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL, until double precision NOT NULL,
  PRIMARY KEY (namespace, name)
);

CREATE TABLE IF NOT EXISTS outbox (
  namespace text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, kind text NOT NULL,
  sealed_payload text NOT NULL, due_at double precision NOT NULL, expires_at double precision NOT NULL,
  attempts integer NOT NULL,
  PRIMARY KEY (namespace, id)
);
CREATE INDEX IF NOT EXISTS outbox_by_due ON outbox (namespace, due_at, id);
CREATE INDEX IF NOT EXISTS outbox_by_expiry ON outbox (namespace, expires_at);

CREATE TABLE IF NOT EXISTS feeds (
  namespace text COLLATE "C" PRIMARY KEY, cursor bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE IF NOT EXISTS changes (
  namespace text COLLATE "C" NOT NULL, cursor bigint NOT NULL, kind text NOT NULL,
  login_id text, user_id text NOT NULL, reason text, at double precision NOT NULL,
  PRIMARY KEY (namespace, cursor)
);
CREATE INDEX IF NOT EXISTS changes_by_age ON changes (namespace, at);

CREATE OR REPLACE VIEW stored_logins AS
  SELECT logins.*, data.version AS data_version, data.sealed_data,
    (SELECT json_agg(grants ORDER BY grants.position) FROM grants
      WHERE grants.namespace = logins.namespace AND grants.login_id = logins.login_id) AS grants
  FROM logins LEFT JOIN data ON data.namespace = logins.namespace AND data.user_id = logins.user_id;
`
