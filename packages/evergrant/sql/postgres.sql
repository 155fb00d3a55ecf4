-- The store of Evergrant in PostgreSQL, layout 2.
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('evergrant layout evergrant', 0));
DO $$ BEGIN
  IF to_regnamespace('"evergrant"') IS NULL THEN CREATE SCHEMA "evergrant"; END IF;
END $$;
SET LOCAL search_path = "evergrant", pg_temp;
SET LOCAL client_min_messages = warning;

CREATE TABLE IF NOT EXISTS layout (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), version integer NOT NULL
);
DO $$ BEGIN
  IF (SELECT version FROM layout) > 2 THEN
    RAISE EXCEPTION 'this schema has a newer layout' USING ERRCODE = 'EG001';
  END IF;
END $$;

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

CREATE OR REPLACE FUNCTION lock_key(
  p_namespace text, p_kind text, p_issuer text, p_client_id text, p_value text
) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT hashtextextended(jsonb_build_array('evergrant', p_namespace, p_kind, p_issuer, p_client_id, p_value)::text, 0)
$$;

-- Whoever adds a grant shares the names of its sid and sub; whoever ends a sid or sub has its name alone.
CREATE OR REPLACE FUNCTION share_names(p_namespace text, p_grants json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_key bigint;
BEGIN
  FOR v_key IN
    SELECT DISTINCT lock_key(p_namespace, kind, entry->>'issuer', entry->>'clientId', entry->>kind) AS key
    FROM json_array_elements(p_grants) AS entry, unnest(ARRAY['sid', 'sub']) AS kind
    WHERE entry->>kind IS NOT NULL ORDER BY key
  LOOP
    PERFORM pg_advisory_xact_lock_shared(v_key);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION is_login_buried(p_namespace text, p_now double precision, p_login_id text)
RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT EXISTS (SELECT 1 FROM tombstones WHERE namespace = p_namespace AND kind = 'login'
    AND value = p_login_id AND issuer = '' AND client_id = '' AND until > p_now)
$$;

CREATE OR REPLACE FUNCTION is_grant_buried(
  p_namespace text, p_now double precision, p_issuer text, p_client_id text, p_sid text, p_sub text,
  p_first_issued_at double precision
) RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT EXISTS (SELECT 1 FROM tombstones WHERE namespace = p_namespace
    AND ((kind = 'sid' AND value = p_sid) OR (kind = 'sub' AND value = p_sub))
    AND issuer = p_issuer AND client_id = p_client_id AND until > p_now AND at >= p_first_issued_at)
$$;

CREATE OR REPLACE FUNCTION is_any_buried(p_namespace text, p_now double precision, p_grants json)
RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(bool_or(is_grant_buried(p_namespace, p_now, entry->>'issuer', entry->>'clientId',
    entry->>'sid', entry->>'sub', (entry->>'firstIssuedAt')::double precision)), false)
  FROM json_array_elements(p_grants) AS entry
$$;

-- Locks the row of a login, and tells whether it is 'live', 'ended' or 'missing'.
CREATE OR REPLACE FUNCTION lock_login(p_namespace text, p_now double precision, p_login_id text)
RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_expires_at double precision;
BEGIN
  SELECT expires_at INTO v_expires_at FROM logins
    WHERE namespace = p_namespace AND login_id = p_login_id FOR UPDATE;
  IF is_login_buried(p_namespace, p_now, p_login_id) THEN RETURN 'ended'; END IF;
  IF v_expires_at IS NULL THEN RETURN 'missing'; END IF;
  RETURN CASE WHEN v_expires_at > p_now THEN 'live' ELSE 'ended' END;
END $$;

-- The same for a grant. p_sid is the sid that the write would leave; NULL for the one that it has.
CREATE OR REPLACE FUNCTION lock_grant(
  p_namespace text, p_now double precision, p_login_id text, p_provider text, p_account text, p_sid text
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_state text := lock_login(p_namespace, p_now, p_login_id);
  v_grant grants;
BEGIN
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  SELECT * INTO v_grant FROM grants WHERE namespace = p_namespace AND login_id = p_login_id
    AND provider = p_provider AND provider_account_id = p_account;
  IF NOT FOUND THEN RETURN 'missing'; END IF;
  IF is_grant_buried(p_namespace, p_now, v_grant.issuer, v_grant.client_id, coalesce(p_sid, v_grant.sid),
    v_grant.sub, v_grant.first_issued_at) THEN RETURN 'ended'; END IF;
  RETURN 'live';
END $$;

CREATE OR REPLACE FUNCTION publish(
  p_namespace text, p_now double precision, p_kind text, p_login_id text, p_user_id text, p_reason text
) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_cursor bigint;
BEGIN
  INSERT INTO feeds (namespace, cursor) VALUES (p_namespace, 1)
    ON CONFLICT (namespace) DO UPDATE SET cursor = feeds.cursor + 1
    RETURNING cursor INTO v_cursor;
  INSERT INTO changes (namespace, cursor, kind, login_id, user_id, reason, at)
    VALUES (p_namespace, v_cursor, p_kind, p_login_id, p_user_id, p_reason, p_now);
  PERFORM pg_notify(change_channel(p_namespace), '');
END $$;

CREATE OR REPLACE FUNCTION change_channel(p_namespace text) RETURNS text LANGUAGE sql STABLE
  SET search_path FROM CURRENT AS $$
  SELECT 'evergrant_' || left(encode(sha256(convert_to(current_schema() || ' ' || p_namespace, 'UTF8')), 'hex'), 32)
$$;

CREATE OR REPLACE FUNCTION publish_login_update(p_namespace text, p_now double precision, p_login_id text)
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_user_id text;
BEGIN
  UPDATE logins SET version = version + 1 WHERE namespace = p_namespace AND login_id = p_login_id
    RETURNING user_id INTO v_user_id;
  PERFORM publish(p_namespace, p_now, 'login.updated', p_login_id, v_user_id, NULL);
END $$;

CREATE OR REPLACE FUNCTION write_data(
  p_namespace text, p_now double precision, p_user_id text, p_version bigint, p_sealed_data text
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF p_version = 0 THEN
    INSERT INTO data (namespace, user_id, version, sealed_data)
      VALUES (p_namespace, p_user_id, 1, p_sealed_data) ON CONFLICT DO NOTHING;
  ELSE
    UPDATE data SET version = version + 1, sealed_data = p_sealed_data
      WHERE namespace = p_namespace AND user_id = p_user_id AND version = p_version;
  END IF;
  IF NOT FOUND THEN RETURN 'conflict'; END IF;
  PERFORM publish(p_namespace, p_now, 'data.updated', NULL, p_user_id, NULL);
  RETURN 'stored';
END $$;

CREATE OR REPLACE FUNCTION place_grant(p_namespace text, p_login_id text, p_grant json) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO grants (namespace, login_id, provider, provider_account_id, issuer, client_id, sid, sub, generation,
    token_hash, first_issued_at, received_at, expires_at, session_expires_at, sealed_tokens, sealed_claims)
  SELECT p_namespace, p_login_id, "provider", "providerAccountId", "issuer", "clientId", "sid", "sub", "generation",
    "tokenHash", "firstIssuedAt", "receivedAt", "expiresAt", "sessionExpiresAt", "sealedTokens", "sealedClaims"
  FROM json_to_record(p_grant) AS entry("provider" text, "providerAccountId" text, "issuer" text, "clientId" text,
    "sid" text, "sub" text, "generation" bigint, "tokenHash" text, "firstIssuedAt" double precision,
    "receivedAt" double precision, "expiresAt" double precision, "sessionExpiresAt" double precision,
    "sealedTokens" text, "sealedClaims" text)
  ON CONFLICT (namespace, login_id, provider, provider_account_id) DO UPDATE SET
    issuer = excluded.issuer, client_id = excluded.client_id, sid = excluded.sid, sub = excluded.sub,
    generation = excluded.generation, token_hash = excluded.token_hash,
    first_issued_at = excluded.first_issued_at, received_at = excluded.received_at,
    expires_at = excluded.expires_at, session_expires_at = excluded.session_expires_at,
    sealed_tokens = excluded.sealed_tokens, sealed_claims = excluded.sealed_claims,
    intent_token_hash = NULL, intent_owner = NULL, intent_at = NULL
$$;

CREATE OR REPLACE FUNCTION create_login(
  p_namespace text, p_now double precision, p_login_id text, p_user_id text, p_created_at double precision,
  p_expires_at double precision, p_revision bigint, p_sealed_login text, p_handle_hash text, p_grants json
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_grant json;
BEGIN
  PERFORM pg_advisory_xact_lock(lock_key(p_namespace, 'login', '', '', p_login_id));
  PERFORM share_names(p_namespace, p_grants);
  IF is_login_buried(p_namespace, p_now, p_login_id) OR is_any_buried(p_namespace, p_now, p_grants) THEN
    RETURN 'ended';
  END IF;
  IF EXISTS (SELECT 1 FROM logins WHERE namespace = p_namespace AND login_id = p_login_id) THEN
    RETURN 'conflict';
  END IF;
  INSERT INTO handles (namespace, handle_hash, login_id) VALUES (p_namespace, p_handle_hash, p_login_id)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 'conflict'; END IF;
  INSERT INTO logins (namespace, login_id, user_id, created_at, expires_at, revision, version, sealed_login)
    VALUES (p_namespace, p_login_id, p_user_id, p_created_at, p_expires_at, p_revision, 0, p_sealed_login);
  FOR v_grant IN SELECT json_array_elements(p_grants) LOOP
    PERFORM place_grant(p_namespace, p_login_id, v_grant);
  END LOOP;
  PERFORM publish_login_update(p_namespace, p_now, p_login_id);
  RETURN 'stored';
END $$;

CREATE OR REPLACE FUNCTION link_grant(
  p_namespace text, p_now double precision, p_login_id text, p_grant json, p_handle_hash text,
  p_old_handle_until double precision
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_state text;
BEGIN
  PERFORM share_names(p_namespace, json_build_array(p_grant));
  v_state := lock_login(p_namespace, p_now, p_login_id);
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  IF is_any_buried(p_namespace, p_now, json_build_array(p_grant)) THEN RETURN 'ended'; END IF;
  INSERT INTO handles (namespace, handle_hash, login_id) VALUES (p_namespace, p_handle_hash, p_login_id)
    ON CONFLICT (namespace, handle_hash) DO UPDATE SET expires_at = NULL
    WHERE handles.login_id = excluded.login_id;
  IF NOT FOUND THEN RETURN 'conflict'; END IF;
  UPDATE handles SET expires_at = p_old_handle_until
    WHERE namespace = p_namespace AND login_id = p_login_id AND expires_at IS NULL AND handle_hash <> p_handle_hash;
  PERFORM place_grant(p_namespace, p_login_id, p_grant);
  PERFORM publish_login_update(p_namespace, p_now, p_login_id);
  RETURN 'stored';
END $$;

CREATE OR REPLACE FUNCTION update_login(
  p_namespace text, p_now double precision, p_login_id text, p_revision bigint, p_sealed_login text
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_state text := lock_login(p_namespace, p_now, p_login_id);
BEGIN
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  UPDATE logins SET revision = revision + 1, sealed_login = p_sealed_login
    WHERE namespace = p_namespace AND login_id = p_login_id AND revision = p_revision;
  IF NOT FOUND THEN RETURN 'conflict'; END IF;
  PERFORM publish_login_update(p_namespace, p_now, p_login_id);
  RETURN 'stored';
END $$;

CREATE OR REPLACE FUNCTION extend_login(
  p_namespace text, p_now double precision, p_login_id text, p_expires_at double precision
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_state text := lock_login(p_namespace, p_now, p_login_id);
BEGIN
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  UPDATE logins SET expires_at = p_expires_at
    WHERE namespace = p_namespace AND login_id = p_login_id AND expires_at < p_expires_at;
  RETURN 'stored';
END $$;

-- Of layout 1.
DROP FUNCTION IF EXISTS begin_refresh(
  text, double precision, text, text, text, bigint, text, text, double precision);

-- p_instead: the owner of the note that may be replaced, '' for none, NULL for any.
CREATE OR REPLACE FUNCTION begin_refresh(
  p_namespace text, p_now double precision, p_login_id text, p_provider text, p_account text,
  p_generation bigint, p_token_hash text, p_owner text, p_at double precision, p_instead text
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_state text := lock_grant(p_namespace, p_now, p_login_id, p_provider, p_account, NULL);
BEGIN
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  UPDATE grants SET intent_token_hash = p_token_hash, intent_owner = p_owner, intent_at = p_at
    WHERE namespace = p_namespace AND login_id = p_login_id AND provider = p_provider
      AND provider_account_id = p_account AND generation = p_generation AND token_hash = p_token_hash
      AND (p_instead IS NULL OR coalesce(intent_owner, '') = p_instead);
  RETURN CASE WHEN FOUND THEN 'stored' ELSE 'conflict' END;
END $$;

CREATE OR REPLACE FUNCTION commit_refresh(
  p_namespace text, p_now double precision, p_login_id text, p_provider text, p_account text,
  p_generation bigint, p_token_hash text, p_next json, p_spent_until double precision
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_sid text := p_next->>'sid';
  v_state text;
BEGIN
  -- A grant that moves to another sid must not slip past the end of that one.
  IF v_sid IS NOT NULL THEN
    PERFORM share_names(p_namespace, json_build_array(
      json_build_object('issuer', issuer, 'clientId', client_id, 'sid', v_sid)))
      FROM grants WHERE namespace = p_namespace AND login_id = p_login_id AND provider = p_provider
        AND provider_account_id = p_account AND sid IS DISTINCT FROM v_sid;
  END IF;
  v_state := lock_grant(p_namespace, p_now, p_login_id, p_provider, p_account, v_sid);
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  UPDATE grants SET generation = generation + 1, sid = coalesce(v_sid, sid), token_hash = p_next->>'tokenHash',
    received_at = (p_next->>'receivedAt')::double precision, expires_at = (p_next->>'expiresAt')::double precision,
    session_expires_at = (p_next->>'sessionExpiresAt')::double precision,
    sealed_tokens = p_next->>'sealedTokens', sealed_claims = p_next->>'sealedClaims',
    intent_token_hash = NULL, intent_owner = NULL, intent_at = NULL
    WHERE namespace = p_namespace AND login_id = p_login_id AND provider = p_provider
      AND provider_account_id = p_account AND generation = p_generation AND token_hash = p_token_hash;
  IF NOT FOUND THEN RETURN 'conflict'; END IF;
  -- A provider that does not rotate leaves the same token in place: nothing was spent then.
  IF p_next->>'tokenHash' <> p_token_hash THEN
    INSERT INTO spent_tokens (namespace, token_hash, login_id, provider, provider_account_id, generation, until)
      VALUES (p_namespace, p_token_hash, p_login_id, p_provider, p_account, p_generation + 1, p_spent_until)
      ON CONFLICT (namespace, token_hash) DO UPDATE SET login_id = excluded.login_id, provider = excluded.provider,
        provider_account_id = excluded.provider_account_id, generation = excluded.generation, until = excluded.until;
  END IF;
  PERFORM publish_login_update(p_namespace, p_now, p_login_id);
  RETURN 'stored';
END $$;

CREATE OR REPLACE FUNCTION write_claims(
  p_namespace text, p_now double precision, p_login_id text, p_provider text, p_account text,
  p_generation bigint, p_sealed_claims text
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_state text := lock_grant(p_namespace, p_now, p_login_id, p_provider, p_account, NULL);
BEGIN
  IF v_state <> 'live' THEN RETURN v_state; END IF;
  UPDATE grants SET sealed_claims = p_sealed_claims
    WHERE namespace = p_namespace AND login_id = p_login_id AND provider = p_provider
      AND provider_account_id = p_account AND generation = p_generation;
  IF NOT FOUND THEN RETURN 'conflict'; END IF;
  PERFORM publish_login_update(p_namespace, p_now, p_login_id);
  RETURN 'stored';
END $$;

-- A login ends once: the first reason stands while it is in force.
CREATE OR REPLACE FUNCTION bury_login(
  p_namespace text, p_now double precision, p_login_id text, p_reason text, p_at double precision,
  p_until double precision
) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO tombstones AS known (namespace, kind, value, issuer, client_id, reason, at, until)
    VALUES (p_namespace, 'login', p_login_id, '', '', p_reason, p_at, p_until)
    ON CONFLICT (namespace, kind, value, issuer, client_id) DO UPDATE SET
      reason = CASE WHEN known.until > p_now THEN known.reason ELSE excluded.reason END,
      at = CASE WHEN known.until > p_now THEN known.at ELSE excluded.at END,
      until = CASE WHEN known.until > p_now THEN greatest(known.until, excluded.until) ELSE excluded.until END
$$;

-- The latest end of a sid or sub stands: it covers the earlier ones.
CREATE OR REPLACE FUNCTION bury_name(
  p_namespace text, p_now double precision, p_kind text, p_issuer text, p_client_id text, p_value text,
  p_reason text, p_at double precision, p_until double precision
) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO tombstones AS known (namespace, kind, value, issuer, client_id, reason, at, until)
    VALUES (p_namespace, p_kind, p_value, p_issuer, p_client_id, p_reason, p_at, p_until)
    ON CONFLICT (namespace, kind, value, issuer, client_id) DO UPDATE SET
      reason = CASE WHEN known.until > p_now AND known.at > excluded.at THEN known.reason ELSE excluded.reason END,
      at = CASE WHEN known.until > p_now AND known.at > excluded.at THEN known.at ELSE excluded.at END,
      until = CASE WHEN known.until > p_now THEN greatest(known.until, excluded.until) ELSE excluded.until END
$$;

-- An entry of the same id is left as it is.
CREATE OR REPLACE FUNCTION remember(p_namespace text, p_entries json) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO outbox (namespace, id, kind, sealed_payload, due_at, expires_at, attempts)
    SELECT p_namespace, entry->>'id', entry->>'kind', entry->>'sealedPayload',
      (entry->>'dueAt')::double precision, (entry->>'expiresAt')::double precision, (entry->>'attempts')::integer
    FROM json_array_elements(p_entries) WITH ORDINALITY AS entries(entry, place)
    ORDER BY entry->>'id' COLLATE "C", place
    ON CONFLICT DO NOTHING
$$;

-- Ids of the logins that a selector names, live or not.
CREATE OR REPLACE FUNCTION select_logins(
  p_namespace text, p_kind text, p_issuer text, p_client_id text, p_value text, p_at double precision
) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 3 SET search_path FROM CURRENT AS $$
BEGIN
  IF p_kind = 'login' THEN
    RETURN NEXT p_value;
  ELSIF p_kind = 'user' THEN
    RETURN QUERY SELECT login_id FROM logins WHERE namespace = p_namespace AND user_id = p_value;
  ELSIF p_kind = 'sid' THEN
    RETURN QUERY SELECT DISTINCT login_id FROM grants WHERE namespace = p_namespace AND issuer = p_issuer
      AND client_id = p_client_id AND sid = p_value AND first_issued_at <= p_at;
  ELSE
    RETURN QUERY SELECT DISTINCT login_id FROM grants WHERE namespace = p_namespace AND issuer = p_issuer
      AND client_id = p_client_id AND sub = p_value AND first_issued_at <= p_at;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION end_logins(
  p_namespace text, p_now double precision, p_kind text, p_issuer text, p_client_id text, p_value text,
  p_reason text, p_at double precision, p_until double precision, p_outbox json
) RETURNS SETOF stored_logins LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  -- By login or user every match ends, whatever the time of its grants.
  v_at double precision := CASE WHEN p_kind IN ('sid', 'sub') THEN p_at ELSE 'Infinity' END;
  v_locked text[];
  v_ended stored_logins[];
  v_login stored_logins;
BEGIN
  IF p_kind <> 'user' THEN
    PERFORM pg_advisory_xact_lock(lock_key(p_namespace, p_kind, p_issuer, p_client_id, p_value));
  END IF;
  SELECT array_agg(login_id) INTO v_locked FROM (
    SELECT login_id FROM logins WHERE namespace = p_namespace AND login_id IN
      (SELECT select_logins(p_namespace, p_kind, p_issuer, p_client_id, p_value, v_at))
    ORDER BY login_id FOR UPDATE) AS candidates;
  -- Looked at again under the locks: meanwhile a login may have ended, or have left the sid.
  v_ended := ARRAY(SELECT stored FROM stored_logins AS stored
    WHERE stored.namespace = p_namespace AND stored.login_id = ANY (v_locked) AND stored.expires_at > p_now
      AND stored.login_id IN (SELECT select_logins(p_namespace, p_kind, p_issuer, p_client_id, p_value, v_at))
    ORDER BY stored.created_at, stored.login_id);
  IF p_kind = 'login' THEN
    PERFORM bury_login(p_namespace, p_now, p_value, p_reason, p_at, p_until);
    PERFORM remove_login(p_namespace, p_value);
  ELSIF p_kind <> 'user' THEN
    PERFORM bury_name(p_namespace, p_now, p_kind, p_issuer, p_client_id, p_value, p_reason, p_at, p_until);
  END IF;
  FOREACH v_login IN ARRAY v_ended LOOP
    PERFORM bury_login(p_namespace, p_now, v_login.login_id, p_reason, p_at, p_until);
    PERFORM remove_login(p_namespace, v_login.login_id);
  END LOOP;
  PERFORM remember(p_namespace, p_outbox);
  FOREACH v_login IN ARRAY v_ended LOOP
    PERFORM publish(p_namespace, p_now, 'login.ended', v_login.login_id, v_login.user_id, p_reason);
  END LOOP;
  RETURN QUERY SELECT * FROM unnest(v_ended);
END $$;

-- Removes the sealed contents of a login; its handles stay, and lead to the tombstone.
CREATE OR REPLACE FUNCTION remove_login(p_namespace text, p_login_id text) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  DELETE FROM grants WHERE namespace = p_namespace AND login_id = p_login_id;
  DELETE FROM logins WHERE namespace = p_namespace AND login_id = p_login_id
$$;

CREATE OR REPLACE FUNCTION end_grant(
  p_namespace text, p_now double precision, p_login_id text, p_provider text, p_account text,
  p_generation bigint, p_token_hash text, p_reason text, p_at double precision, p_until double precision,
  p_outbox json
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_grant grants;
  v_user_id text;
BEGIN
  IF lock_login(p_namespace, p_now, p_login_id) <> 'live' THEN RETURN 'missing'; END IF;
  SELECT * INTO v_grant FROM grants WHERE namespace = p_namespace AND login_id = p_login_id
    AND provider = p_provider AND provider_account_id = p_account;
  IF NOT FOUND THEN RETURN 'missing'; END IF;
  IF v_grant.generation <> p_generation OR v_grant.token_hash <> p_token_hash THEN RETURN 'conflict'; END IF;
  DELETE FROM grants WHERE namespace = p_namespace AND login_id = p_login_id
    AND provider = p_provider AND provider_account_id = p_account;
  IF EXISTS (SELECT 1 FROM grants WHERE namespace = p_namespace AND login_id = p_login_id) THEN
    PERFORM publish_login_update(p_namespace, p_now, p_login_id);
    RETURN 'grant_ended';
  END IF;
  SELECT user_id INTO v_user_id FROM logins WHERE namespace = p_namespace AND login_id = p_login_id;
  PERFORM bury_login(p_namespace, p_now, p_login_id, p_reason, p_at, p_until);
  PERFORM remove_login(p_namespace, p_login_id);
  PERFORM remember(p_namespace, p_outbox);
  PERFORM publish(p_namespace, p_now, 'login.ended', p_login_id, v_user_id, p_reason);
  RETURN 'login_ended';
END $$;

CREATE OR REPLACE FUNCTION sweep(
  p_namespace text, p_now double precision, p_changes_before double precision, p_limit integer
) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_ids text[];
  v_removed bigint := 0;
  v_count bigint;
BEGIN
  SELECT array_agg(login_id) INTO v_ids FROM (SELECT login_id FROM logins
    WHERE namespace = p_namespace AND expires_at <= p_now LIMIT p_limit FOR UPDATE SKIP LOCKED) AS expired;
  DELETE FROM grants WHERE namespace = p_namespace AND login_id = ANY (v_ids);
  DELETE FROM logins WHERE namespace = p_namespace AND login_id = ANY (v_ids);
  v_removed := v_removed + coalesce(cardinality(v_ids), 0);
  DELETE FROM handles WHERE namespace = p_namespace AND login_id = ANY (v_ids)
    AND NOT is_login_buried(p_namespace, p_now, login_id);

  WITH over AS (SELECT kind, value, issuer, client_id FROM tombstones
      WHERE namespace = p_namespace AND until <= p_now LIMIT p_limit FOR UPDATE SKIP LOCKED),
    removed AS (DELETE FROM tombstones USING over WHERE tombstones.namespace = p_namespace
      AND tombstones.kind = over.kind AND tombstones.value = over.value
      AND tombstones.issuer = over.issuer AND tombstones.client_id = over.client_id
      RETURNING tombstones.kind, tombstones.value)
    SELECT count(*), array_agg(value) FILTER (WHERE kind = 'login') INTO v_count, v_ids FROM removed;
  v_removed := v_removed + v_count;
  DELETE FROM handles WHERE namespace = p_namespace AND login_id = ANY (v_ids) AND NOT EXISTS
    (SELECT 1 FROM logins WHERE logins.namespace = p_namespace AND logins.login_id = handles.login_id);

  DELETE FROM handles WHERE namespace = p_namespace AND handle_hash = ANY (ARRAY(SELECT handle_hash FROM handles
    WHERE namespace = p_namespace AND expires_at <= p_now LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_removed := v_removed + v_count;
  DELETE FROM spent_tokens WHERE namespace = p_namespace AND token_hash = ANY (ARRAY(SELECT token_hash FROM spent_tokens
    WHERE namespace = p_namespace AND until <= p_now LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_removed := v_removed + v_count;
  DELETE FROM leases WHERE namespace = p_namespace AND name = ANY (ARRAY(SELECT name FROM leases
    WHERE namespace = p_namespace AND until <= p_now LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_removed := v_removed + v_count;
  DELETE FROM outbox WHERE namespace = p_namespace AND id = ANY (ARRAY(SELECT id FROM outbox
    WHERE namespace = p_namespace AND expires_at <= p_now LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_removed := v_removed + v_count;
  -- The newest change stays, however old it is.
  DELETE FROM changes WHERE namespace = p_namespace AND cursor = ANY (ARRAY(SELECT cursor FROM changes
    WHERE namespace = p_namespace AND at <= p_changes_before
      AND cursor < (SELECT feeds.cursor FROM feeds WHERE feeds.namespace = p_namespace)
    LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_removed + v_count;
END $$;

INSERT INTO layout (version) VALUES (2)
  ON CONFLICT (only_row) DO UPDATE SET version = excluded.version;
COMMIT;
