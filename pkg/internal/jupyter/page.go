package jupyter

import (
	"cmp"
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

//go:embed scripts/page.css
var pageStyle string

// Page renders the notebook, as it is, without executing it, to one HTML file that opens offline: styles and images are
// in it, and a browser that shows it sends no request to anywhere. Its title is the notebook's first heading. When the
// notebook's metadata have a report (see [Execution]), the page begins with it. Code is folded behind a click.
func (i *Installation) Page(ctx context.Context, notebookPath, page string) error {
	w, err := i.openSandbox(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	return w.render(ctx, notebookPath, page, strings.TrimSuffix(filepath.Base(notebookPath), filepath.Ext(notebookPath)))
}

// render writes the page of a notebook. Its title is otherwise when the notebook has no heading.
func (s *sandbox) render(ctx context.Context, notebookPath, page, otherwise string) error {
	fail := func(err error) error { return fmt.Errorf("render %s as a page: %w", notebookPath, err) }
	nb, err := readNotebook(notebookPath)
	if err != nil {
		return fail(err)
	}
	title := cmp.Or(nb.title(), otherwise)
	templates := filepath.Join(s.dir, "templates")
	to := languageOf(title)
	settings := map[string]any{"title": title, "templates": templates, "language": to.code, "words": to.words()}
	for name, path := range map[string]string{"notebook": notebookPath, "page": page} {
		if settings[name], err = filepath.Abs(path); err != nil {
			return fail(err)
		}
	}
	if h, err := parseHead(nb.Metadata.Report); err != nil {
		return fail(err)
	} else if h != nil {
		settings["facts"] = h.facts()
		settings["report"], settings["verdict"] = h.translated(to.texts), to.texts.Text(h.words())
	}
	if err := s.template(templates); err != nil {
		return fail(err)
	}
	script, err := s.script("page.py", pageScript)
	if err != nil {
		return fail(err)
	}
	argument, err := json.Marshal(settings)
	if err != nil {
		return fail(err)
	}
	cmd := s.python(ctx, terminate, nil, script, string(argument))
	log := &lastOutput{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = log, log
	if err := run(cmd); err != nil {
		return fail(fmt.Errorf("%w\n%s", err, log))
	}
	return nil
}

// template lays out the page's template as nbconvert looks for it.
func (s *sandbox) template(dir string) error {
	own := filepath.Join(dir, "sagalab")
	if err := os.MkdirAll(own, 0o700); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"conf.json":     `{"base_template": "lab"}`,
		"index.html.j2": pageTemplate,
		"page.css":      pageStyle,
	} {
		if err := os.WriteFile(filepath.Join(own, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
