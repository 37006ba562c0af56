-- Every version of every feature is kept, whoever edits: the service, QGIS or psql.
-- The functions see the store's schema alone and run with its owner's rights: who may edit a layer
-- needs no right on the history, and can neither turn it off nor change it.

-- One statement, one look at the table's columns, one insert of all the rows it touched.
CREATE OR REPLACE FUNCTION {schema}.gg_record_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp
SET extra_float_digits = 1
SET timezone = 'UTC'
AS $body$
DECLARE
  attributes text;
  geometry text;
BEGIN
  SELECT string_agg('rows.' || quote_ident(attname), ', ' ORDER BY attnum)
           FILTER (WHERE attname <> 'geom'),
         coalesce(max('rows.geom'::text) FILTER (WHERE attname = 'geom'), 'NULL')
    INTO attributes, geometry
    FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped
      AND attname NOT IN ('fid', 'uid');
  EXECUTE format(
    'INSERT INTO gg_version (layer, uid, operation, changeset, attributes, geom)
     SELECT $1, rows.uid, $2, (SELECT id FROM gg_open_changeset),
            (SELECT to_jsonb(fields) FROM (SELECT %s) AS fields), %s
     FROM %I AS rows ORDER BY rows.fid',
    attributes, geometry,
    CASE TG_OP WHEN 'TRUNCATE' THEN TG_TABLE_NAME ELSE 'touched_rows' END)
    USING TG_TABLE_NAME, CASE TG_OP WHEN 'TRUNCATE' THEN 'delete' ELSE lower(TG_OP) END;
  RETURN NULL;
END
$body$;

-- An editor waits here while the store writes, and the store for the editors' commits: what is
-- edited directly never falls into the middle of a changeset.
CREATE OR REPLACE FUNCTION {schema}.gg_await_store() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({lock});
  RETURN NULL;
END
$body$;

CREATE OR REPLACE FUNCTION {schema}.gg_give_uid() RETURNS trigger
LANGUAGE plpgsql
AS $body$
BEGIN
  NEW.uid := pg_catalog.gen_random_uuid();
  RETURN NEW;
END
$body$;

CREATE OR REPLACE FUNCTION {schema}.gg_refuse_uid() RETURNS trigger
LANGUAGE plpgsql
AS $body$
BEGIN
  RAISE EXCEPTION 'uid is the identity of a feature and never changes';
END
$body$;
