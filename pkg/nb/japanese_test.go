package nb

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/figure/japanese"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/live"
	"sagalab/pkg/purchase"
)

// inJapanese chooses Japanese until the test ends and returns what cells show. No test of
// this package runs in parallel with another.
func inJapanese(t *testing.T) *bytes.Buffer {
	var b bytes.Buffer
	captureOutput(t, &b)
	japanese.Labels()
	t.Cleanup(func() { language.Use(nil) })
	return &b
}

// TestAuditInJapanese: the table's texts are Japanese; marks and folding are as in English.
func TestAuditInJapanese(t *testing.T) {
	inJapanese(t)
	report := judgedReport()
	report.Verdicts[3].Title = "a purchase is paid once if confirmed, else not at all"
	open, holds := auditTables(report)
	inOrder(t, "HTML", auditHTML(open, holds), ">ルール<", ">内容<", ">判定<", ">根拠<", "<tr style=", "<b>✗ C3</b>", "購入の支払いは、確定なら 1 回だけ、そうでなければ 0 回", "<b>違反</b>", "注文 574 件中 49 件</td></tr>",
		`<td colspan="4"`, "最初の例: operation 15", "<b>不明</b>", "GET /users answered 404", "該当なし", "</table>", "<details><summary>成立したルール 2 件</summary>", "K4", "</details>")
	inOrder(t, "text", language.Lines(auditText(open, holds)), "ルール ", "\n✗ C3 ", "違反", "\n成立したルール 2 件: K4, T4\n")
	v := report.Verdicts[3]
	inOrder(t, "counterexamples", counterexamplesHTML(v, v.Counterexamples()), "<b>C3 違反</b>: 購入の支払いは", "<b>最初</b>: operation 15", "時刻はステージ new-keys の開始から; 各試行: ユーザー 1 が商品 1 を 1 個購入", ">at_ms<", "<b>最悪</b>: operation 7")
}

// TestCellsPrintJapanese: what is printed, how a stage ended, figures; tables of data stay.
func TestCellsPrintJapanese(t *testing.T) {
	b := inJapanese(t)
	Lab{}.DryRun(purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}, 201)
	printf("Stage %s %s: success=%d failure=%d\n  %s\n", "success", "completed", 3, 1, "1 × eof, such as: failure")
	view := newLiveView()
	view.show(live.Snapshot{Stage: "heavy", Done: 50, Success: 48, Failure: 2, Unknown: 1, Retries: 3, Elapsed: time.Second})
	view.end()
	Table(dataframe.New(series.New([]string{"failure"}, series.String, "success")), nil)
	inOrder(t, "output", b.String(), "試行 1: 待ち時間 0.0 秒、HTTP 201\n", "success=true、試行 1 回、冪等キーはすべて ", "ステージ success 完了: success=3 failure=1\n  1 × eof、例: failure\n", "heavy: 50 件を 1.0 秒で実行、", "成功 48、失敗 2 (うち不明 1)、リトライ 3 回、")
	if !strings.HasSuffix(b.String(), "success\nfailure\n") {
		t.Errorf("the table of data is shown as %q, want it as it is", b.String())
	}
	g := interlock{Checked: true, Reachable: true, Interrupted: "heavy"}
	if got := language.Lines(g.refuse("light").Error()); got != `"light" は開始しませんでした。"heavy" が中断されています。そのセルか疎通確認のセルをもう一度実行してください` {
		t.Errorf("a cell that may not start says %s", got)
	}
}

// TestNotesInJapanese: the column of notes of a table of data has texts; a column of another name has data.
func TestNotesInJapanese(t *testing.T) {
	b := inJapanese(t)
	Table(dataframe.New(series.New([]string{"few samples: p99", "own", "schedule not kept; few samples: p95 p99"}, series.String, "note"), series.New([]string{"few samples: p99", "own", "failure"}, series.String, "message")), nil)
	inOrder(t, "output", b.String(), "note ", "message\n", "サンプル不足: p99 ", "few samples: p99\n", "own ", "own\n", "予定どおりに開始できていない; サンプル不足: p95 p99 ", "failure\n")
}

// TestAnswersInJapanese: how the attempts of a counterexample ended.
func TestAnswersInJapanese(t *testing.T) {
	inJapanese(t)
	c := &audit.Counterexample{Attempts: []audit.AttemptLine{
		{Stage: "s", Answer: "no answer (eof)", Fault: "while the fault plan dropped replies"}, {Stage: "s", Answer: "no answer (timeout)", Fault: "the fault plan withheld the request"},
		{Stage: "s", Answer: "HTTP 503 overloaded", Fault: "while the fault plan answered in the service's place"}, {Stage: "s", Answer: "HTTP 402 insufficient_balance"},
		{Stage: "s", Answer: "no answer (eof)", Fault: "while the fault plan dropped replies and had killed the service"},
	}}
	inOrder(t, "attempts", attemptTable(c).text(), "応答なし (eof): 障害の計画が応答を捨てていた間 ", "応答なし (timeout): 障害の計画がリクエストを止めた ", "HTTP 503 overloaded: 障害の計画がサービスの代わりに応答していた間", "HTTP 402 insufficient_balance ",
		"応答なし (eof): 障害の計画が応答を捨てていた、またサービスを強制終了していた間")
}
