package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// openTables selects the tables of a fleet that have no row security yet and that this role
// owns. divided is true for those whose rows belong to one role.
const openTables = `SELECT n.nspname, c.relname,
		n.nspname = $1 AND c.relname <> 'meta'
		OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('workflow_uuid', 'destination_uuid') AND NOT a.attisdropped)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ($1, $2) AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND pg_has_role(c.relowner, 'USAGE')
	ORDER BY n.nspname, c.relname`

// securedTable is a table of a fleet, and whether its rows belong to one role each.
type securedTable struct {
	schema, name string
	divided      bool
}

// statements returns the statements that secure the table. Of divided tables each role sees
// and changes the rows that it has inserted itself; session_user is the role that has logged
// in, which SET ROLE does not change. A partition or a chunk can only be inserted for a load
// that the role sees. All other tables can be read by all roles, and changed by none but the
// owner, to whom no policy applies.
func (t securedTable) statements() []string {
	path := pgx.Identifier{t.schema, t.name}.Sanitize()
	list := []string{`ALTER TABLE ` + path + ` ENABLE ROW LEVEL SECURITY`}
	if !t.divided {
		list = append(list, `CREATE POLICY read_all ON `+path+` FOR SELECT USING (true)`)
		if t.schema == engineSchema && t.name == "queues" { // each process registers the queue, unless it is there
			list = append(list, `CREATE POLICY register ON `+path+` FOR INSERT WITH CHECK (name = '`+queueName+`')`)
		}
		return list
	}
	const own = `belongs_to = session_user::text`
	fits := own
	if t.schema == tablesSchema && (t.name == "shares" || t.name == "parcels") {
		fits += ` AND EXISTS (SELECT 1 FROM ` + tablesSchema + `.loads l WHERE l.load_id = ` + t.name + `.load_id)`
	}
	return append(list,
		`ALTER TABLE `+path+` ADD COLUMN IF NOT EXISTS belongs_to text NOT NULL DEFAULT session_user::text`,
		`CREATE POLICY own_rows ON `+path+` USING (`+own+`) WITH CHECK (`+fits+`)`)
}

// secureRows keeps the rows of different roles apart, in tables that this role owns and in
// which that has not been done yet. The tables and the queue must be there. It changes one
// table at a time: processes may be using them.
func (d *database) secureRows(ctx context.Context) error {
	if d.pool == nil { // a file has no roles
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	open, err := d.openTables(ctx, d)
	if err != nil {
		return err
	}
	for range open {
		if err := d.secureNext(ctx); err != nil {
			return fmt.Errorf("keeping the rows of different roles apart: %w", err)
		}
	}
	return nil
}

// secureNext secures one table, unless all are. It retries when it had to wait for others too
// long.
func (d *database) secureNext(ctx context.Context) error {
	for {
		err := d.atomically(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(engineLock)); err != nil {
				return err
			}
			open, err := d.openTables(ctx, tx)
			if err != nil || len(open) == 0 {
				return err
			}
			for _, statement := range open[0].statements() {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		var e *pgconn.PgError
		if waited := errors.As(err, &e) && (e.Code == "40P01" || e.Code == "55P03"); !waited || sleep(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}

// openTables returns the tables that are to be secured.
func (d *database) openTables(ctx context.Context, in interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}) (list []securedTable, err error) {
	rows, err := in.QueryContext(ctx, openTables, tablesSchema, engineSchema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t securedTable
		if err := rows.Scan(&t.schema, &t.name, &t.divided); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}
