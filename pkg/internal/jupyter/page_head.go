package jupyter

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// reportKey is the name under which a notebook's metadata hold the report that its page shows at its head.
const reportKey = "sagalab"

// pageHead is the report at the head of a page, as it stands in a notebook's metadata. Every part may be missing.
type pageHead struct {
	Verdict *struct {
		State string `json:"state"` // good, bad, unclear, stopped or unjudged
		Text  string `json:"text"`
	} `json:"verdict,omitempty"`
	// Tables have a mark for each row, "", warn or bad; marks that are missing are "".
	Tables []struct {
		Title   string     `json:"title"`
		Columns []string   `json:"columns"`
		Rows    [][]string `json:"rows"`
		Marks   []string   `json:"marks,omitempty"`
	} `json:"tables,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
	Provenance [][2]string `json:"provenance,omitempty"` // names and values
}

// parseHead reads a report, nil when there is none.
func parseHead(raw json.RawMessage) (*pageHead, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	h := new(pageHead)
	if err := json.Unmarshal(raw, h); err != nil {
		return nil, fmt.Errorf("the report in the metadata under %q is none: %w", reportKey, err)
	}
	return h, nil
}

// states writes a verdict's state in words, for readers who do not see its colour.
var states = map[string]string{
	"good":    "✓ Good",
	"bad":     "✗ Bad",
	"unclear": "? Could not be judged",
	"stopped": "■ Stopped",

	"unjudged": "– Not judged",
}

// words is the verdict's state in words; one that is not known is its own word.
func (h *pageHead) words() string {
	if h.Verdict == nil {
		return ""
	}
	if words, ok := states[h.Verdict.State]; ok {
		return words
	}
	return h.Verdict.State
}

// facts are the values of the provenance that stand below the page's title.
func (h *pageHead) facts() (facts []string) {
	for _, name := range []string{"begun", "machine", "program", "service says it is"} {
		for _, p := range h.Provenance {
			if p[0] == name && p[1] != "" {
				facts = append(facts, p[1])
			}
		}
	}
	return facts
}

// setReport puts a report into the metadata of a notebook file, and takes the one that is there out when raw is empty. The
// rest of the file stays as it is; it is written as Jupyter writes it.
func setReport(file []byte, raw json.RawMessage) ([]byte, error) {
	var notebook, metadata map[string]json.RawMessage
	if err := json.Unmarshal(file, &notebook); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(notebook["metadata"], &metadata); err != nil {
		return nil, fmt.Errorf("the notebook's metadata: %w", err)
	}
	if metadata == nil {
		metadata = map[string]json.RawMessage{}
	}
	delete(metadata, reportKey)
	if len(raw) > 0 {
		metadata[reportKey] = raw
	}
	var err error
	if notebook["metadata"], err = encode(metadata, ""); err != nil {
		return nil, err
	}
	return encode(notebook, " ")
}

// encode writes JSON with the keys of maps in order, letters as they are, and a line's end behind it.
func encode(value any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(value)
	return b.Bytes(), err
}
