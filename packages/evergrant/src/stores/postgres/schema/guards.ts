/**
 * What each write looks at first, and the locks under which it looks. Always in this order, so that nobody waits in
 * a circle: names of tombstones (advisory locks: there is no row yet), logins by id, what belongs to them, the feed.
 * A statement of a function sees what was committed before that statement, so what is read after a lock is true.
 */
export const guardFunctions: string = `
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
`
