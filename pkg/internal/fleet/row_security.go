package fleet

import (
	"context"
	"database/sql"
	"fmt"
)

// rowSecurity has PostgreSQL show each role the rows that it has inserted itself, and no
// others: a session of one role can neither read nor change a load of another. The owner of
// the tables is exempt, so that one role for everything works as before.
//
// session_user is the role that has logged in, which SET ROLE does not change. A partition or
// a chunk can only be inserted for a load that the role sees. The engine's tables about
// workflows are divided in the same way; of its other tables all roles see all rows, and may
// change none.
const rowSecurity = `
DO $do$
DECLARE
	t record;
	own text := 'belongs_to = session_user::text';
	fits text;
BEGIN
	FOR t IN
		SELECT n.nspname AS space, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS path,
			n.nspname = '` + tablesSchema + `' AND c.relname <> 'meta'
			OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('workflow_uuid', 'destination_uuid') AND NOT a.attisdropped) AS divided
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('` + tablesSchema + `', '` + engineSchema + `') AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
	LOOP
		EXECUTE 'ALTER TABLE ' || t.path || ' ENABLE ROW LEVEL SECURITY';
		IF t.divided THEN
			fits := own;
			IF t.space = '` + tablesSchema + `' AND t.name IN ('shares', 'parcels') THEN
				fits := own || format(' AND EXISTS (SELECT 1 FROM ` + tablesSchema + `.loads l WHERE l.load_id = %I.load_id)', t.name);
			END IF;
			EXECUTE 'ALTER TABLE ' || t.path || ' ADD COLUMN IF NOT EXISTS belongs_to text NOT NULL DEFAULT session_user::text';
			EXECUTE 'CREATE POLICY own_rows ON ' || t.path || ' USING (' || own || ') WITH CHECK (' || fits || ')';
		ELSE
			EXECUTE 'CREATE POLICY read_all ON ' || t.path || ' FOR SELECT USING (true)';
		END IF;
		IF t.space = '` + engineSchema + `' AND t.name = 'queues' THEN -- each process registers the queue, unless it is there
			EXECUTE 'CREATE POLICY register ON ' || t.path || ' FOR INSERT WITH CHECK (name = ''` + queueName + `'')';
		END IF;
	END LOOP;
END $do$`

// secureRows applies rowSecurity to tables that this role owns and that do not have it yet.
// The tables and the queue must be there.
func (d *database) secureRows(ctx context.Context) error {
	if d.pool == nil { // a file has no roles
		return nil
	}
	var open bool
	err := d.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE NOT c.relrowsecurity) > 0 AND bool_and(pg_has_role(c.relowner, 'USAGE'))
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ($1, $2) AND c.relkind IN ('r', 'p')`, tablesSchema, engineSchema).Scan(&open)
	if err != nil || !open {
		return err
	}
	return d.atomically(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(engineLock)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, rowSecurity); err != nil {
			return fmt.Errorf("dividing the rows among roles: %w", err)
		}
		return nil
	})
}
