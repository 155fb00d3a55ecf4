/**
 * Removing what has expired, a bounded number of rows of each table at a time. Rows that somebody is writing are left
 * for the next time, and a row that was extended meanwhile is looked at again before it goes. A handle goes with the
 * last thing that it led to: its login, or the tombstone of its login.
 */
export const sweepFunctions: string = `
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
`
