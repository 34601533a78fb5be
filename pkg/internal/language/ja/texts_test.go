package ja

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/load"
)

// verbs are those of a format, with their indexes.
var verbs = regexp.MustCompile(`%(\[\d\])?[sdvgf]`)

// TestPlaceholders: a text in Japanese has the placeholders and the verbs of the English
// one, each once, and none is translated on one side only.
func TestPlaceholders(t *testing.T) {
	for english, japanese := range Texts() {
		a, b := language.Placeholders(english), language.Placeholders(japanese)
		if !slices.Equal(a, b) {
			t.Errorf("%q has the placeholders %q, %q has %q", english, a, japanese, b)
		}
		if unique := slices.Compact(slices.Clone(a)); len(unique) != len(a) {
			t.Errorf("%q has a placeholder twice", english)
		}
		va, vb := verbs.FindAllString(english, -1), verbs.FindAllString(japanese, -1)
		slices.Sort(va)
		slices.Sort(vb)
		if !slices.Equal(va, vb) {
			t.Errorf("%q has the verbs %q, %q has %q", english, va, japanese, vb)
		}
	}
}

// TestNoTextTwice: the lists have no text in common, and no two texts of a page have the same translation, which could not be read back.
func TestNoTextTwice(t *testing.T) {
	all := Texts()
	n := len(ofFigures)
	for _, list := range shownByCells() {
		n += len(list)
	}
	if n != len(all) {
		t.Errorf("the lists have %d texts, together they have %d: one is in two of them", n, len(all))
	}
	from := map[string]string{}
	for _, list := range shownByCells() {
		for english, japanese := range list {
			if other, taken := from[japanese]; taken && other != english {
				t.Errorf("%q and %q are both %q", english, other, japanese)
			}
			from[japanese] = english
		}
	}
}

// TestTextsAreJapanese: each text but punctuation has a Japanese letter.
func TestTextsAreJapanese(t *testing.T) {
	isJapanese := func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }
	for english, japanese := range Texts() {
		if english != "{=one}; {=two}" && !strings.ContainsFunc(japanese, isJapanese) {
			t.Errorf("%q is %q, which is not Japanese", english, japanese)
		}
	}
}

// TestLines checks lines of cells that are made of several texts, forth and back.
func TestLines(t *testing.T) {
	for english, want := range map[string]string{
		"400 orders": "注文 400 件",
		"2 of 400 purchases with several definite answers":                                                                   "確定した応答が 2 つ以上ある購入 400 件中 2 件",
		"a key leads to one order: 2 of 400 orders. First: a text":                                                           "1 つのキーからは 1 つの注文だけができる: 注文 400 件中 2 件。最初の例: a text",
		"Policy: 3 attempts, 5s each, waits [1s 2s 4s]":                                                                      "リトライの設定: 最大 3 回試行、1 回の制限時間 5s、待ち時間 [1s 2s 4s]",
		"Fixture cases applied: 3 users, 1 product, no orders":                                                               "フィクスチャ cases を設定しました: ユーザー 3 人、商品 1 種類、注文なし",
		"one-key: 400 requests in 0.6 s, 713.8/s, 279 success, 121 failure (2 unknown), 184 retries, p50 19.4, p99 218.9 ms": "one-key: 400 件を 0.6 秒で実行、713.8 件/秒、成功 279、失敗 121 (うち不明 2)、リトライ 184 回、p50 19.4, p99 218.9 ms",
		"failure: 1 requests in 0.6 s, 7/s, 1 success, 0 failure, 0 retries, p50 1.4, p99 2.9 ms":                            "failure: 1 件を 0.6 秒で実行、7 件/秒、成功 1、失敗 0、リトライ 0 回、p50 1.4, p99 2.9 ms",
		"Note: 200 requests are too few for p99: p90 needs 100, p95 200, p99 1000":                                           "注意: 200 件では p99 に足りません (p90 には 100 件、p95 には 200 件、p99 には 1000 件が必要)",
		"Note: 1 request is too few for p90, p95, p99: p90 needs 100, p95 200, p99 1000":                                     "注意: 1 件では p90, p95, p99 に足りません (p90 には 100 件、p95 には 200 件、p99 には 1000 件が必要)",
		"  2 × eof, such as: gave up after 5 attempts (MaxAttempts reached): eof; x":                                         "  2 × eof、例: gave up after 5 attempts (MaxAttempts reached): eof; x",
		"Faults: failed 360 times, kill met 356 attempts, in 1080 requests":                                                  "障害: failed 360 回、kill の間の試行 356 回 (リクエスト 1080 件中)",
		"1 rule holds, 2 violated, 0 unknown, 4 not exercised (judged by the history alone: 1 attempt under 1 key, 5 orders); probably first: C4; what may follow from it: B1; beside it: C7": "成立 1、違反 2、不明 0、該当なし 4 (判定の材料: 履歴のみ。試行 1 回、キー 1 個、注文 5 件); おそらく最初の違反: C4; そこから生じうる違反: B1; 別の違反: C7",
		"    times since the start of stage new-keys; each attempt: user 1 buys 1 × product 1":                                                                                                "    時刻はステージ new-keys の開始から; 各試行: ユーザー 1 が商品 1 を 1 個購入",
		"  step cart: 120 begun, 118 done, 1 refused, 1 unknown, 4 retries, p50 8.25  p90 40.0  p99 – ms":                                                                                     "  ステップ cart: 開始 120、完了 118、拒否 1、不明 1、リトライ 4 回、p50 8.25  p90 40.0  p99 – ms",
		"  step order: 30 begun, 20 done, 10 refused, 0 unknown, 10 retries, 60 polls, p50 7–12  p90 13–18  p99 13–18 ms":                                                                     "  ステップ order: 開始 30、完了 20、拒否 10、不明 0、リトライ 10 回、ポーリング 60 回、p50 7–12  p90 13–18  p99 13–18 ms",
		"  accepted p50 8.25  p99 40.0 ms, 345 polls":                                      "  受付 p50 8.25  p99 40.0 ms、ポーリング 345 回",
		"  latency p50 250–350  p99 800–1200 ms":                                           "  レイテンシ p50 250–350  p99 800–1200 ms",
		"  3 ended after step cart, 1 after address, 2 after payment":                      "  ステップ cart の後に 3 件が終了、address の後に 1 件、payment の後に 2 件",
		"  16 accepted and not ended":                                                      "  受付後に終わっていない購入 16 件",
		"  20 ended after step cart":                                                       "  ステップ cart の後に 20 件が終了",
		"Case=normal success=true status=201 latency_ms=3 message={\"order_id\":\"a; b\"}": "Case=normal success=true status=201 latency_ms=3 message={\"order_id\":\"a; b\"}",

		"  accepted p50 8.25  p99 40.0 ms, 345 polls, 3 not ended when given up (latencies open above)": "  受付 p50 8.25  p99 40.0 ms、ポーリング 345 回、打ち切り時に未完了 3 件（レイテンシの上限は不明）",
	} {
		got := Translation().Lines(english)
		if got != want {
			t.Errorf("%q is\n%q, want\n%q", english, got, want)
		}
		if back := Translation().Reversed().Lines(got); back != english {
			t.Errorf("%q is %q when it is translated back", english, back)
		}
	}
}

// TestCaveats: every sentence that makes a stage's figures doubtful is in Japanese.
func TestCaveats(t *testing.T) {
	r := load.Report{Elapsed: time.Minute, Dropped: 1, Lag: load.Lag{P99: time.Second, Max: time.Minute}, Machine: load.Machine{
		Cores: 2, CPU: 2 * time.Minute, Waited: time.Second, GCMax: time.Second, GCTotal: time.Minute, ClockStep: -time.Hour}}
	caveats := r.Caveats()
	if len(caveats) != 6 {
		t.Errorf("%d caveats, want all 6: %v", len(caveats), caveats)
	}
	for _, c := range caveats {
		for _, english := range []string{c.Note, c.Sentence} {
			got := Translation().Text(english)
			if english != "" && got == english {
				t.Errorf("%q is not translated", english)
			}
			if back := Translation().Reversed().Text(got); back != english {
				t.Errorf("%q is %q when it is translated back", english, back)
			}
		}
	}
}
