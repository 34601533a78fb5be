package jupyter

import (
	"encoding/json"
	"testing"
)

func TestPageLanguage(t *testing.T) {
	for title, want := range map[string]string{"Load and retry": "en", "負荷とリトライ": "ja", "負荷": "en", "": "en", "リトライ": "ja"} {
		if got := languageOf(title).code; got != want {
			t.Errorf("the page %q has the language %q, want %q", title, got, want)
		}
	}
}

// TestHeadInJapanese translates a report: its texts, and no data.
func TestHeadInJapanese(t *testing.T) {
	const report = `{"verdict": {"state": "bad", "text": "Not good: the audit of new-keys finds C3 (a purchase is paid once if confirmed, else not at all) violated. 3000 purchases: 2351 confirmed, 476 failed, 173 unknown."},
"tables": [{"title": "Stages", "columns": ["stage", "purchases", "p50 ms", "beware"], "rows": [["failure", "50", "1.2", "few samples: p90; 3 dropped"]], "marks": ["warn"]}],
"notes": ["an own note", "failure: 1 request is too few for p90: p90 needs 100, p95 200, p99 1000", "failure: failure is a name"], "provenance": [["begun", "today"], ["policy", "wait"], ["machine", "failure"]]}`
	h, err := parseHead(json.RawMessage(report))
	if err != nil {
		t.Fatal(err)
	}
	japanese := languageOf("リトライ")
	if facts := h.facts(); len(facts) != 2 || facts[0] != "today" || facts[1] != "failure" {
		t.Errorf("below the title stands %q", facts)
	}
	got, err := json.Marshal(h.translated(japanese.texts))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"verdict":{"state":"bad","text":"問題があります: new-keys の監査で C3 (購入の支払いは、確定なら 1 回だけ、そうでなければ 0 回) に違反。購入 3000 件: 確定 2351、失敗 476、不明 173。"},` +
		`"tables":[{"title":"ステージ一覧","columns":["ステージ","購入","p50 ms","備考"],"rows":[["failure","50","1.2","サンプル不足: p90; 3 件が開始されず破棄"]],"marks":["warn"]}],` +
		`"notes":["an own note","failure: 1 件では p90 に足りません (p90 には 100 件、p95 には 200 件、p99 には 1000 件が必要)","failure: failure is a name"],"provenance":[["開始","today"],["リトライの設定","wait"],["マシン","failure"]]}`
	if string(got) != want {
		t.Errorf("the head is\n%s\nwant\n%s", got, want)
	}
	if w := japanese.words(); w["code"] != "コード" || languageOf("").words()["code"] != "Code" {
		t.Errorf("the texts of the template are %v", w)
	}
}
