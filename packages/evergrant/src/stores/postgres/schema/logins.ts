/** Logins: made, linked, rewritten, extended. */
export const loginFunctions: string = `
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
`
