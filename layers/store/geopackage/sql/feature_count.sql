-- QGIS shows max(fid) - min(fid) + 1 as the feature count unless these keep the true one.
CREATE TRIGGER {insert_trigger} AFTER INSERT ON {table}
BEGIN
  UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1 WHERE table_name = {table_text};
END;
CREATE TRIGGER {delete_trigger} AFTER DELETE ON {table}
BEGIN
  UPDATE gpkg_ogr_contents SET feature_count = feature_count - 1 WHERE table_name = {table_text};
END;
