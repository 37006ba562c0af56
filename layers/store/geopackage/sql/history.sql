-- Every version of every feature is kept, whoever edits: the service, QGIS or GDAL.
-- A feature that arrives without a uid gets one first; its insertion is recorded by that update.
CREATE TRIGGER {uid_trigger} AFTER INSERT ON {table}
WHEN NEW.uid IS NULL OR NEW.uid = ''
BEGIN
  UPDATE {table} SET uid = {new_uuid} WHERE fid = NEW.fid;
END;
CREATE TRIGGER {insert_trigger} AFTER INSERT ON {table}
WHEN NEW.uid != ''
BEGIN
  INSERT INTO gg_version (layer, uid, operation, changeset, attributes, geom)
  VALUES ({table_text}, NEW.uid, 'insert', (SELECT id FROM gg_open_changeset), {new_row}, {new_geom});
END;
CREATE TRIGGER {update_trigger} AFTER UPDATE ON {table}
WHEN NEW.uid != ''
BEGIN
  INSERT INTO gg_version (layer, uid, operation, changeset, attributes, geom)
  VALUES (
    {table_text}, NEW.uid, CASE WHEN OLD.uid = NEW.uid THEN 'update' ELSE 'insert' END,
    (SELECT id FROM gg_open_changeset), {new_row}, {new_geom});
END;
CREATE TRIGGER {keep_uid_trigger} BEFORE UPDATE OF uid ON {table}
WHEN OLD.uid != '' AND NEW.uid IS NOT OLD.uid
BEGIN
  SELECT RAISE(ABORT, 'uid is the identity of a feature and never changes');
END;
CREATE TRIGGER {delete_trigger} AFTER DELETE ON {table}
BEGIN
  INSERT INTO gg_version (layer, uid, operation, changeset, attributes, geom)
  VALUES (
    {table_text}, OLD.uid, 'delete', (SELECT id FROM gg_open_changeset), {old_row}, {old_geom});
END;
