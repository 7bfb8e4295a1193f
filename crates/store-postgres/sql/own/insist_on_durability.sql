-- `off` and `local` come from a default of the role or the database; stronger ones stay.
DO $$
BEGIN
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    SET synchronous_commit = on;
  END IF;
END $$
