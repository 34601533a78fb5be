package jupyter

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestExecuteKeepsNoSecrets executes cells that print what a service echoed, without
// package nb: it is neither in the notebook, nor in its page, nor in what is reported.
func TestExecuteKeepsNoSecrets(t *testing.T) {
	t.Parallel()
	const token = "s3cr3t-T0ken.with_symbols/9A"
	path := writeNotebook(t, "# Title",
		"import \"fmt\"\nimport \"os\"\n%%\nfmt.Printf(\"echo %s %q\\n\", os.Getenv(\"SAGALAB_AUTHORIZATION\"), []byte(os.Getenv(\"SAGALAB_AUTHORIZATION\")))",
		"import \"encoding/base64\"\n%%\nfmt.Println(\"in base64\", base64.StdEncoding.EncodeToString([]byte(\"x\"+os.Getenv(\"SAGALAB_AUTHORIZATION\"))), \"end\")",
		"%%\npanic(\"broken by \" + os.Getenv(\"SAGALAB_AUTHORIZATION\"))",
	)
	var said strings.Builder
	got, err := readyLab(t).Execute(t.Context(), Execution{
		Notebook: path, OutDir: t.TempDir(), Env: []string{"SAGALAB_AUTHORIZATION=Bearer " + token},
		Progress: func(e CellEvent) { said.WriteString(e.Failure + e.Output) },
		Report: func(failed error) (json.RawMessage, error) {
			said.WriteString(failed.Error())
			return json.RawMessage(`{"notes":["a note on ` + token + `"]}`), nil
		},
	})
	if err == nil || got.Page == "" {
		t.Fatalf("Execute = %+v, %v, want a failed cell and a page", got, err)
	}
	said.WriteString(err.Error())
	texts := map[string]string{"what was reported": said.String()}
	for _, file := range []string{got.Notebook, got.Page} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte("xBearer " + token))
	for name, text := range texts {
		if strings.Contains(text, token) || strings.Contains(text, token[8:]) || strings.Contains(text, encoded[4:16]) {
			t.Errorf("%s: has the secret in it", name)
		}
		if !strings.Contains(text, "[secret]") || !strings.Contains(text, "in base64") || !strings.Contains(text, "broken by") {
			t.Errorf("%s: lacks what the cells printed besides the secret", name)
		}
	}
}
