package jupyter

import (
	"encoding/json"
	"strings"
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

// TestProvenanceInJapanese: what was bought and the policies are texts, with the names of stages as they are.
func TestProvenanceInJapanese(t *testing.T) {
	for english, want := range map[string]string{
		"1 of product 1 by user 1, payment method 1":                                   "ユーザー 1 が商品 1 を 1 個購入、支払い方法 1",
		"1 of product walden by user anna, payment method anna (a, b); another (c)":    "ユーザー anna が商品 walden を 1 個購入、支払い方法 anna (a, b); another (c)",
		"3 attempts, 5s each, waits [1s 2s 4s]":                                        "最大 3 回試行、1 回の制限時間 5s、待ち時間 [1s 2s 4s]",
		"1 attempt, 5s each":                                                           "最大 1 回試行、1 回の制限時間 5s",
		"5 attempts, 5s each, waits [50ms], a new key per attempt (new-keys); x (y z)": "最大 5 回試行、1 回の制限時間 5s、待ち時間 [50ms]、試行ごとに新しいキー (new-keys); x (y z)",
		"10 attempts, 5s each, waits from 20ms, doubled each time, up to 200ms, full jitter, budget 0.05 of operations + 0/s": "最大 10 回試行、1 回の制限時間 5s、待ち時間は 20ms から毎回 2 倍、最大 200ms、full ジッター、リトライの上限は購入の 0.05 + 0/秒",
	} {
		japanese := languageOf("リトライ").texts
		for _, name := range []string{"bought", "policy", "service"} {
			expected := want
			if name == "service" {
				expected = english
			}
			h := pageHead{Provenance: [][2]string{{name, english}}}
			if got := h.translated(japanese).Provenance[0][1]; got != expected {
				t.Errorf("%s: %q is %q, want %q", name, english, got, expected)
			}
			if name != "policy" || strings.Contains(english, "(") {
				continue
			}
			if back := japanese.Reversed().Text(want); back != english {
				t.Errorf("%q is %q when it is translated back", english, back)
			}
		}
	}
}
