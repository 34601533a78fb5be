package lab

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed scripts/page.py
var pageScript string

//go:embed scripts/page.html.j2
var pageTemplate string

// Page renders the notebook, as it is, without executing it, to one HTML file that opens offline: styles and images are
// in it, and a browser that shows it sends no request to anywhere. Its title is the notebook's first heading.
func (l *Lab) Page(ctx context.Context, notebookPath, page string) error {
	w, err := l.openWorkshop(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	return w.page(ctx, notebookPath, page)
}

func (w *workshop) page(ctx context.Context, notebookPath, page string) error {
	fail := func(err error) error { return fmt.Errorf("render %s as a page: %w", notebookPath, err) }
	nb, err := readNotebook(notebookPath)
	if err != nil {
		return fail(err)
	}
	title := nb.title()
	if title == "" {
		title = strings.TrimSuffix(filepath.Base(notebookPath), filepath.Ext(notebookPath))
	}
	settings := map[string]string{"title": title, "templates": filepath.Join(w.dir, "templates")}
	for name, path := range map[string]string{"notebook": notebookPath, "page": page} {
		if settings[name], err = filepath.Abs(path); err != nil {
			return fail(err)
		}
	}
	if err := w.template(settings["templates"]); err != nil {
		return fail(err)
	}
	script, err := w.script("page.py", pageScript)
	if err != nil {
		return fail(err)
	}
	argument, err := json.Marshal(settings)
	if err != nil {
		return fail(err)
	}
	cmd := w.python(ctx, terminate, nil, script, string(argument))
	log := &tail{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = log, log
	if err := run(cmd); err != nil {
		return fail(fmt.Errorf("%w\n%s", err, log))
	}
	return nil
}

// template lays out the page's template as nbconvert looks for it.
func (w *workshop) template(dir string) error {
	own := filepath.Join(dir, "sagalab")
	if err := os.MkdirAll(own, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(own, "conf.json"), []byte(`{"base_template": "lab"}`), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(own, "index.html.j2"), []byte(pageTemplate), 0o600)
}
