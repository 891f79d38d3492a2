-- Raises a store of schema 1. An earlier version that has it open would write rows without their sums: its batches are refused from now on, whole.
ALTER TABLE batches ADD COLUMN schema INTEGER;
CREATE TRIGGER earlier_version BEFORE INSERT ON batches WHEN NEW.schema IS NULL BEGIN
  SELECT RAISE(ABORT, 'a newer version of LlmTelemetry has raised this store to schema 2: update this one');
END;
