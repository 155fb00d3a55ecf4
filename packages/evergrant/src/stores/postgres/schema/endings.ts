/** Endings: tombstones, and the logins that go with them. */
export const endingFunctions: string = `
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
`
