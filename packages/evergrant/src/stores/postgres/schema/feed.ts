/**
 * The change feed. A position is taken from the row of the namespace, which stays locked until the transaction is
 * over: positions are taken in the order of the commits, so a reader who saw one has seen all before it. It is the
 * last lock that a function takes, and no client holds it: each function is a transaction of its own.
 */
export const feedFunctions: string = `
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
`
