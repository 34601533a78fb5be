package jupyter

import (
	"strings"
	"unicode"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/language/ja"
)

// pageLanguage is the language of a page: its code for HTML, and its texts, nil in English.
type pageLanguage struct {
	code  string
	texts *language.Translation
}

// languageOf returns the language of a page by its title: Japanese when it has a kana.
func languageOf(title string) pageLanguage {
	if strings.ContainsFunc(title, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }) {
		return pageLanguage{"ja", ja.Translation()}
	}
	return pageLanguage{"en", nil}
}

// words are the texts of the page's template, by the names that it has for them.
func (l pageLanguage) words() map[string]string {
	return map[string]string{
		"code": l.texts.Text("Code"), "warnings": l.texts.Text("Warnings"), "measured": l.texts.Text("When, where and with what it was measured"),
	}
}

// translated returns the head with its texts in another language. Of the values of the
// provenance it translates those in textFacts, and of cells that are data none.
func (h *pageHead) translated(to *language.Translation) *pageHead {
	if to == nil {
		return h
	}
	if h.Verdict != nil {
		h.Verdict.Text = to.Text(h.Verdict.Text)
	}
	for i := range h.Tables {
		t := &h.Tables[i]
		for _, row := range t.Rows {
			for j := range row {
				if j < len(t.Columns) && textColumns[t.Columns[j]] {
					row[j] = to.Text(row[j])
				}
			}
		}
		t.Title = to.Text(t.Title)
		translateAll(t.Columns, to)
	}
	for i, note := range h.Notes {
		h.Notes[i] = translateNote(note, to)
	}
	for i := range h.Provenance {
		fact := &h.Provenance[i]
		if textFacts[fact[0]] {
			fact[1] = translateFact(fact[1], to)
		}
		fact[0] = to.Text(fact[0])
	}
	return h
}

// textFacts are the names in the provenance whose values are texts.
var textFacts = map[string]bool{"bought": true, "policy": true}

// translateFact translates the values of a name, which stand between "; ", each with the
// stages that have it in parentheses where not all have the same one. A single word is a
// name, and stays.
func translateFact(values string, to *language.Translation) string {
	parts := strings.Split(values, "; ")
	for i, part := range parts {
		stages := strings.LastIndex(part, " (")
		if stages < 0 || !strings.HasSuffix(part, ")") {
			stages = len(part)
		}
		if strings.Contains(part[:stages], " ") {
			parts[i] = to.Text(part[:stages]) + part[stages:]
		}
	}
	return strings.Join(parts, "; ")
}

// textColumns are the columns of the head's tables that hold texts, not data.
var textColumns = map[string]bool{"verdict": true, "evidence": true, "judged by": true, "beware": true, "note": true}

func translateAll(texts []string, to *language.Translation) {
	for i := range texts {
		texts[i] = to.Text(texts[i])
	}
}

// translateNote translates a note, which may begin with the name of a stage.
func translateNote(note string, to *language.Translation) string {
	if other := to.Text(note); other != note {
		return other
	}
	stage, says, found := strings.Cut(note, ": ")
	if !found {
		return note
	}
	return stage + ": " + to.Text(says)
}
