package ja

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAuditSentences translates sentences as audits write them, and back.
func TestAuditSentences(t *testing.T) {
	back := Translation().Reversed()
	for english, want := range map[string]string{
		"50 of 587 orders. First: operation 7 of stage new-keys (user 1 buys 1 × product 1) was bought 2 times: its attempts carried different keys, so that the service could not know that they were one purchase":                                                                      "注文 587 件中 50 件。最初の例: ステージ new-keys の購入 7 (ユーザー 1 が商品 1 を 1 個購入) が 2 回購入された: 試行ごとにキーが異なり、サービスは同じ購入だと判断できなかった",
		"Note: no key was sent more than once: how the service answers the retry of a key was not tested":                                                                                                                                                                                 "注意: 2 回以上送ったキーがありません。リトライへの応答は確かめていません",
		"1 of 1 order. First: the charge of order o-1 (9) went to user 2; the order is of user 21":                                                                                                                                                                                        "注文 1 件中 1 件。最初の例: 注文 o-1 の請求 (9) はユーザー 2 に対して行われた; 注文はユーザー 21 のもの",
		"first: order o-1 was charged 1 too little (9 instead of 10): charges − refunds = 9, want 10":                                                                                                                                                                                     "最初: 注文 o-1 の請求が 1 少ない (10 のはずが 9): 請求 − 返金 = 9、正しくは 10",
		"worst: order o-1 was charged 2 times: charges − refunds = 20, want 10":                                                                                                                                                                                                           "最悪: 注文 o-1 は 2 回請求された: 請求 − 返金 = 20、正しくは 10",
		"key a (user 1 buys 2 × product 1) was refused (no_stock), but the state has it confirmed":                                                                                                                                                                                        "キー a (ユーザー 1 が商品 1 を 2 個購入) は拒否 (no_stock) と応答されたが、状態では確定している",
		"a request without a key (a purchase whose payload was not recorded) was confirmed, but the state says CANCELLED":                                                                                                                                                                 "キーのないリクエスト (内容の記録がない購入) は確定と応答されたが、状態では CANCELLED",
		"key a (user 1 buys 1 × product 1) was confirmed and later refused: first confirmed 5.0 ms and first refused (no_stock) 14.0 ms after it was sent":                                                                                                                                "キー a (ユーザー 1 が商品 1 を 1 個購入) は確定した後に拒否された: 送信から 5.0 ms 後に最初の確定、14.0 ms 後に最初の拒否 no_stock",
		"key a (user 1 buys 1 × product 1) was confirmed although there was not enough left: 5 pieces of product 1 in stock − 6 sold with it = -1 < 0; 1 purchase had been confirmed before it was sent":                                                                                  "キー a (ユーザー 1 が商品 1 を 1 個購入) は残りが足りないのに確定した: 商品 1 の在庫 5 − これを含む販売 6 = -1 < 0; 送信前に確定した購入 1 件",
		"product 1 still has 5 pieces reserved although no order is pending: order o-1 (CONFIRMED) reserved 3 pieces 2 times; order o-2 (CANCELLED) never released 1 piece; and 1 more order like it: 9 at first − 3 in 1 confirmed order = 6, but the state says stock 6 and reserved 5": "商品 1 は、処理中の注文がないのに5 個が引き当てられたまま: 注文 o-1 (CONFIRMED) は 3 個を 2 回引き当てた; 注文 o-2 (CANCELLED) は 1 個を解放していない; 同様の注文がほか 1 件: 最初 9 − 確定した注文 1 件の 3 = 6、状態では在庫 6、引き当て 5",
		"the balance of user 1 is 9 lower than charges and refunds leave it, as if the refund of order o-1 had not been paid out; the balance of user 2 differs by as much the other way: 100 at first − 9 in confirmed orders = 91, but the state says 82":                               "ユーザー 1 の残高が、請求と返金から計算した額より 9 少ない。注文 o-1 の返金が支払われなかった場合と一致; ユーザー 2 の残高は、逆方向に同じだけ違う: 最初 100 − 確定した注文の 9 = 91、状態では 82",
		"503 overloaded said that nothing happened to key a, but the state has order o-1 of it, CONFIRMED, and a charge of 300":                                                                                                                                                           "503 overloaded は「キー a に何もしていない」という応答だが、状態にはその注文 o-1 (CONFIRMED) と請求 300がある",
		"order o-1 was confirmed at light +5.0 ms, but GET /orders/{id} answered 404 9.0 ms after that":                                                                                                                                                                                   "注文 o-1 は light +5.0 ms に確定したが、その 9.0 ms 後の GET /orders/{id} は 404",
		"compensate charge_payment (step 3) of order o-1 took effect although there was nothing to take back":                                                                                                                                                                             "注文 o-1 の charge_payment の compensate (ステップ 3) は、取り消すものがないのに効果があった",
		"the state has order o-1: PENDING, user 1, 2 × product 3, key a, created 03:04:05.000000":                                                                                                                                                                                         "状態に注文 o-1: PENDING、ユーザー 1、商品 3 × 2、キー a、作成 03:04:05.000000",
		"67 orders read by themselves; 2 orders were read at an earlier status again, within the 2ms that reads may be late":                                                                                                                                                              "1 件ずつ読み取った注文 67 件; 前の状態に戻って見えた注文 2 件、読み取りの遅れの範囲内 (2ms)",
		"30 purchases that were asked for again; answered 60 times in all":                                                                                                                                                                                                                "もう一度送った購入 30 件; 応答は計 60 回",
		"9 rules hold, 0 violated, 0 unknown, 4 not exercised (judged by history and state: 2000 attempts under 0 keys, 2000 purchases without a key, 2000 orders)":                                                                                                                       "成立 9、違反 0、不明 0、該当なし 4 (判定の材料: 履歴と状態。試行 2000 回、キー 0 個、キーのない購入 2000 件、注文 2000 件)",
		"not required; the service does not offer GET /ledger":                                                                                                                                                                                                                            "必須ではない; サービスに GET /ledger がない",
		"product 1 has a stock of 8 and 0 reserved instead of 3 and 0, and the state has 1 order under keys that this run did not send: other clients were active, or the service made them by itself; judge it when this run alone uses the service, and say so with --sole-client":      "商品 1 の在庫は 8、引き当ては 0 (3 と 0 のはず)。状態にはこの実行が送信していないキーの注文 1 件: ほかのクライアントの注文か、サービスが自分で作った注文。この実行だけがサービスを使うときに --sole-client を付けて判定する",
		"others may have changed it meanwhile: of 12 the run took 13, and 0 are left; judge it when this run alone uses the service, and say so with --sole-client, in a notebook with Lab.SoleClient":                                                                                    "その間にほかから変更された可能性がある: 12 のうちこの実行が 13 を使い、残りは 0。この実行だけがサービスを使うときに --sole-client (ノートブックでは Lab.SoleClient) を付けて判定する",
		"the planned fault kill (2s to 4s) of stage load met no request: the load had ended after 1.9s; apart from that it holds of 51 orders":                                                                                                                                            "ステージ load の障害 kill (2s to 4s) が起きなかった (リクエストなし: 負荷が 1.9s で終わっていた)。それを除けば成立: 注文 51 件",
	} {
		got := Translation().Lines(english)
		if got != want {
			t.Errorf("%q is\n%q, want\n%q", english, got, want)
		}
		if again := back.Lines(got); again != english {
			t.Errorf("%q is %q when it is translated back", english, again)
		}
	}
}

// TestAuditSentencesAreWritten: what stands between the placeholders and the commas of an
// audit's text is in the source of the audit, in at most two pieces, since nouns are joined
// to what is said of them.
func TestAuditSentencesAreWritten(t *testing.T) {
	written := writtenTexts(t, "../../audit", "../../audit/history", "../../../nb", "../../observe", "../../../runs", "../../../purchase")
	for _, list := range []map[string]string{ofAudits, ofCounterexamples, ofMoney, ofStockBooks, ofReasons, ofCountedReasons} {
		for english := range maps.Keys(list) {
			for _, literal := range literalsOf(english) {
				if n := piecesOf(literal, written); n > 2 {
					t.Errorf("%q has a translation, and no audit writes %q", english, literal)
				}
			}
		}
	}
	if len(written) < 500 {
		t.Errorf("only %d texts were found in the source", len(written))
	}
}

// between is what literalsOf cuts a text at.
var between = regexp.MustCompile(`\{[=#]?[a-z0-9]+\}|[:;,] |\b1 |\b(charge|refund)\b`)

// literalsOf returns what stands between the placeholders and the commas of a text.
func literalsOf(english string) (literals []string) {
	for _, literal := range between.Split(english, -1) {
		literals = append(literals, strings.Trim(literal, " "))
	}
	return literals
}

// formatVerb is a verb of a format.
var formatVerb = regexp.MustCompile(`%[a-z]`)

// writtenTexts returns the texts in the Go files of directories, without tests, cut at
// their verbs, the longest first.
func writtenTexts(t *testing.T, dirs ...string) (texts []string) {
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, _ := strconv.Unquote(literal.Value)
					texts = append(texts, formatVerb.Split(text, -1)...)
				}
				return true
			})
		}
	}
	slices.SortFunc(texts, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return slices.Compact(texts)
}

// piecesOf returns in how few pieces, each a part of one of the texts, a text can be cut.
func piecesOf(text string, texts []string) (n int) {
	for text != "" {
		longest := 0
		for _, w := range texts {
			for longest < len(text) && strings.Contains(w, text[:longest+1]) {
				longest++
			}
		}
		if longest == 0 {
			return len(text) + n
		}
		text = strings.TrimLeft(text[longest:], " ")
		n++
	}
	return n
}
