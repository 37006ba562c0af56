-- What calls the functions of history.sql for one feature table.
CREATE OR REPLACE TRIGGER gg_history_await
  BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.gg_await_store();

CREATE OR REPLACE TRIGGER gg_history_uid
  BEFORE INSERT ON {table}
  FOR EACH ROW WHEN (NEW.uid IS NULL OR NEW.uid = '') EXECUTE FUNCTION {schema}.gg_give_uid();

CREATE OR REPLACE TRIGGER gg_history_keep_uid
  BEFORE UPDATE ON {table}
  FOR EACH ROW WHEN (OLD.uid IS DISTINCT FROM NEW.uid) EXECUTE FUNCTION {schema}.gg_refuse_uid();

CREATE OR REPLACE TRIGGER gg_history_insert
  AFTER INSERT ON {table} REFERENCING NEW TABLE AS touched_rows
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.gg_record_versions();

CREATE OR REPLACE TRIGGER gg_history_update
  AFTER UPDATE ON {table} REFERENCING NEW TABLE AS touched_rows
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.gg_record_versions();

CREATE OR REPLACE TRIGGER gg_history_delete
  AFTER DELETE ON {table} REFERENCING OLD TABLE AS touched_rows
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.gg_record_versions();

CREATE OR REPLACE TRIGGER gg_history_truncate
  BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.gg_record_versions();
