package ja

// ofHeads are the texts of the report at the head of a page: package report's, and those
// of the page's template.
var ofHeads = map[string]string{
	"Code":     "コード",
	"Warnings": "警告",
	"When, where and with what it was measured": "測定の日時、場所、条件",

	// the verdict
	"✓ Good":                "✓ 合格",
	"✗ Bad":                 "✗ 不合格",
	"? Could not be judged": "? 判定できません",
	"■ Stopped":             "■ 停止",
	"– Not judged":          "– 判定なし",
	"Nothing was judged: no threshold or gate was set and no audit made. {n} purchases: {c} confirmed, {f} failed, {u} unknown.": "しきい値もゲートも監査もないため、何も判定していません。購入 {n} 件: 確定 {c}、失敗 {f}、不明 {u}。",
	"All that was judged holds: {=what}. {n} purchases: {c} confirmed, {f} failed, {u} unknown.":                                 "判定したものはすべて成立しました: {=what}。購入 {n} 件: 確定 {c}、失敗 {f}、不明 {u}。",
	"Not good: {=why}. {n} purchases: {c} confirmed, {f} failed, {u} unknown.":                                                   "問題があります: {=why}。購入 {n} 件: 確定 {c}、失敗 {f}、不明 {u}。",
	"Could not be judged: {=what}. {n} purchases: {c} confirmed, {f} failed, {u} unknown.":                                       "判定できないものがあります: {=what}。購入 {n} 件: 確定 {c}、失敗 {f}、不明 {u}。",
	"The notebook did not run to its end: {why}.":                                                                                "ノートブックは最後まで実行されませんでした: {why}。",
	"the rules in the audit of {stages}":                                                                                         "{stages} の監査のルール",
	"the audit of {stages} finds {rule} ({=title}) violated":                                                                     "{stages} の監査で {rule} ({=title}) に違反",
	"{rules} in the audit of {stages}":                                                                                           "{stages} の監査の {rules}",
	"audit of {stages}: {=note}":                                                                                                 "{stages} の監査: {=note}",

	// tables
	"Stages":                 "ステージ一覧",
	"Audits":                 "監査",
	"Rules that do not hold": "成立しないルール",
	"Thresholds":             "しきい値",
	"Gates":                  "ゲート",
	"stages":                 "対象ステージ",
	"load":                   "負荷",
	"purchases":              "購入",
	"per s":                  "件/秒",
	"beware":                 "備考",
	"rules that hold":        "成立した数",
	"judged by":              "判定の材料",
	"attempts":               "試行",
	"orders":                 "注文",
	"threshold":              "条件",
	"measured":               "測定値",
	"note":                   "メモ",
	"comparison":             "比較",
	"gate":                   "基準",
	"because":                "理由",

	// provenance
	"run":                "実行 ID",
	"begun":              "開始",
	"machine":            "マシン",
	"program":            "プログラム",
	"service says it is": "サービスの応答",
	"service":            "サービス",
	"fixture":            "フィクスチャ",
	"bought":             "購入内容",
	"policy":             "リトライの設定",
	"seed":               "シード",
	"faults":             "障害",
	"{n} of product {product} by user {user}, payment method {method}": "ユーザー {user} が商品 {product} を {n} 個購入、支払い方法 {method}",
}
