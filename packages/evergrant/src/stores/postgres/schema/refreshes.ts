/** Refreshes: the note that one begins, and the compare-and-set that keeps what it brought. */
export const refreshFunctions: string = `
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
`
