package ja

// ofAudits are the texts of an audit: its summary, its table, the titles of its rules, and
// why a rule was not exercised.
var ofAudits = map[string]string{
	"Asking again under up to {n} keys at {url}: a service that has forgotten a key buys again":                                          "{url} に最大 {n} 個の冪等キーで再送します。キーを忘れたサービスは、もう一度購入します",
	"Asking again under up to 1 key at {url}: a service that has forgotten a key buys again":                                             "{url} に最大 1 個の冪等キーで再送します。キーを忘れたサービスは、もう一度購入します",
	"{h} rules hold, {v} violated, {u} unknown, {x} not exercised (judged by {=tier}: {=attempts} under {=keys}, {=orders})":             "成立 {h}、違反 {v}、不明 {u}、該当なし {x} (判定の材料: {=tier}。{=attempts}、{=keys}、{=orders})",
	"1 rule holds, {v} violated, {u} unknown, {x} not exercised (judged by {=tier}: {=attempts} under {=keys}, {=orders})":               "成立 1、違反 {v}、不明 {u}、該当なし {x} (判定の材料: {=tier}。{=attempts}、{=keys}、{=orders})",
	"{h} rules hold, {v} violated, {u} unknown, {x} not exercised (judged by {=tier}: {=attempts} under {=keys}, {=keyless}, {=orders})": "成立 {h}、違反 {v}、不明 {u}、該当なし {x} (判定の材料: {=tier}。{=attempts}、{=keys}、{=keyless}、{=orders})",
	"1 rule holds, {v} violated, {u} unknown, {x} not exercised (judged by {=tier}: {=attempts} under {=keys}, {=keyless}, {=orders})":   "成立 1、違反 {v}、不明 {u}、該当なし {x} (判定の材料: {=tier}。{=attempts}、{=keys}、{=keyless}、{=orders})",
	"no key was sent more than once: how the service answers the retry of a key was not tested":                                          "2 回以上送ったキーがありません。リトライへの応答は確かめていません",
	"the history alone":                 "履歴のみ",
	"history and state":                 "履歴と状態",
	"history, state and step traces":    "履歴、状態、ステップの記録",
	"1 attempt":                         "試行 1 回",
	"{n} attempts":                      "試行 {n} 回",
	"1 key":                             "キー 1 個",
	"{n} keys":                          "キー {n} 個",
	"1 purchase without a key":          "キーのない購入 1 件",
	"{n} purchases without a key":       "キーのない購入 {n} 件",
	"1 order":                           "注文 1 件",
	"probably first: {=rule}":           "おそらく最初の違反: {=rule}",
	"what may follow from it: {=rules}": "そこから生じうる違反: {=rules}",
	"beside it: {=rules}":               "別の違反: {=rules}",
	"violated side by side: {rules}":    "互いに独立した違反: {rules}",
	"1 rule holds":                      "成立したルール 1 件",
	"{n} rules hold":                    "成立したルール {n} 件",
	"1 rule holds: {rules}":             "成立したルール 1 件: {rules}",
	"{n} rules hold: {rules}":           "成立したルール {n} 件: {rules}",

	// the table
	"rule":          "ルール",
	"says":          "内容",
	"verdict":       "判定",
	"evidence":      "根拠",
	"holds":         "成立",
	"violated":      "違反",
	"not exercised": "該当なし",

	// the titles of the rules
	"a key leads to one order":                                                 "1 つのキーからは 1 つの注文だけができる",
	"a definite answer never changes":                                          "確定した応答は変わらない",
	"a key keeps its payload":                                                  "キーの内容は変わらない",
	"an order belongs to one key":                                              "注文は 1 つのキーだけに属する",
	"a key answers the same when it is asked again later":                      "後で再送しても、キーの応答は同じ",
	"no more is sold than was in stock":                                        "在庫を超えて売らない",
	`"out of stock" is said only when it is true`:                              "「在庫不足」は本当のときだけ返す",
	`no user spends more than the balance, and "insufficient balance" is true`: "残高を超えて支払わず、「残高不足」は本当のときだけ返す",
	"final stock is what was not sold, and nothing stays reserved":             "最後の在庫は売れ残りと等しく、引き当てが残らない",
	"no money appears or vanishes":                                             "お金が増えも消えもしない",
	"a purchase is paid once if confirmed, else not at all":                    "購入の支払いは、確定なら 1 回だけ、そうでなければ 0 回",
	"answers and state agree, and every order was asked for":                   "応答と状態が一致し、頼んでいない注文がない",
	"every order reaches a terminal status":                                    "すべての注文が最終状態になる",
	"no stock or balance is ever below zero":                                   "在庫と残高がマイナスにならない",
	"an order's status only goes forward":                                      "注文の状態は後戻りしない",
	"an acknowledged order is in every later read":                             "受け付けた注文は、その後の読み取りに必ず現れる",
	"an answer that says that nothing was done left nothing behind":            "「何もしなかった」という応答の後に、何も残っていない",
	"a purchase that was said to be in progress was begun":                     "「処理中」と答えた購入は、実際に始まっている",
	"a confirmed order did every step, a cancelled one undid what it did":      "確定した注文は全ステップを行い、取り消した注文は行った分を戻している",
	"a compensation without its step has no effect":                            "元のステップがない補償は何も変えない",
	"a step after its compensation has no effect":                              "補償の後に届いたステップは何も変えない",
	"a step takes effect at most once":                                         "ステップの効果は最大 1 回",

	// why a rule was not exercised
	"nothing was confirmed, nor refused for lack of money":                            "確定した購入も、残高不足の購入もない",
	"no key was said to be in progress":                                               "「処理中」と答えたキーがない",
	"the state has no product":                                                        "状態に商品がない",
	"the state has no user":                                                           "状態にユーザーがいない",
	"the state has no order of this run":                                              "状態にこの実行の注文がない",
	"there is neither an order of this run nor a definite answer":                     "この実行の注文も、確定した応答もない",
	"no stock or balance was read during the load":                                    "負荷の間に在庫も残高も読み取っていない",
	"no order was read by itself":                                                     "注文を 1 件ずつは読み取っていない",
	"no order was acknowledged and looked for later":                                  "受け付けた後に読み直した注文がない",
	"no key was answered in all its attempts as one for which nothing was done":       "すべての試行に「何もしなかった」と答えたキーがない",
	"no key was confirmed twice, nor was one sent again whose orders the state shows": "2 回確定したキーも、状態に注文があって再送されたキーもない",
	"no purchase got two definite answers":                                            "確定した応答を 2 回受けた購入がない",
	"no purchase got two definite answers, and the state has none with two orders":    "確定した応答を 2 回受けた購入も、注文が 2 つある購入もない",
	"no key was re-used with another payload, nor sent again while it was in flight":  "別の内容で使い回されたキーも、処理中に再送されたキーもない",
	"fewer than two keys were answered with an order":                                 "注文が返ったキーが 2 つ未満",
	"no purchase of the run was asked for again":                                      "もう一度送った購入がない",
	"nothing was refused for lack of it, and all that was confirmed fits":             "不足で拒否された購入がなく、確定した分は足りている",
	"nothing was confirmed":                                                           "確定した購入がない",
	"no purchase was refused for lack of stock":                                       "在庫不足で拒否された購入がない",
	"no compensation ran":                                                             "補償が行われていない",

	"no order of this run shows a step":        "この実行の注文に、ステップの記録がない",
	"no order shows a step":                    "ステップの記録がある注文がない",
	"the service shows no steps of its orders": "サービスが注文のステップを示さない",

	// why a rule is unknown
	"no state was read: only the history is judged":                                                        "状態を読み取っていない: 履歴だけから判定",
	"what the service had before the run is not known: no fixture was applied, and its state was not read": "実行前のサービスの状態が分からない: フィクスチャを設定せず、状態も読み取っていない",

	// counterexamples
	"{rule} violated":           "{rule} 違反",
	"{rule} violated: {=title}": "{rule} 違反: {=title}",
	"first":                     "最初",
	"worst":                     "最悪",
	"last":                      "最後",
	"first: {=what}":            "最初: {=what}",
	"worst: {=what}":            "最悪: {=what}",
	"last: {=what}":             "最後: {=what}",
	"First: {=what}":            "最初の例: {=what}",
	"operation {n} of stage {stage} ({=buys}) was bought {t} times: its attempts carried different keys, so that the service could not know that they were one purchase": "ステージ {stage} の購入 {n} ({=buys}) が {t} 回購入された: 試行ごとにキーが異なり、サービスは同じ購入だと判断できなかった",
	"user {u} buys {q} × product {p}":                               "ユーザー {u} が商品 {p} を {q} 個購入",
	"times since the start of stage {stage}; each attempt: {=buys}": "時刻はステージ {stage} の開始から; 各試行: {=buys}",
	"times since the start of stage {stage}":                        "時刻はステージ {stage} の開始から",
	"each attempt: {=buys}":                                         "各試行: {=buys}",
}

// ofUnits are what the rules judge, in the plural. Texts has several texts of each.
var ofUnits = map[string]string{
	"answers and orders":  "応答と注文",
	"confirmed purchases": "確定した購入",
	"confirmed purchases and refusals for lack of money":         "確定した購入と残高不足の拒否",
	"keys of which every answer says that nothing was done":      "「何もしなかった」とだけ答えたキー",
	"keys that were answered as ones for which nothing was done": "一度でも「何もしなかった」と答えたキー",
	"keys that were re-used or sent while in flight":             "使い回し、または処理中に再送したキー",
	"keys that were said to be in progress":                      "「処理中」と答えたキー",
	"keys that were sent or confirmed more than once":            "2 回以上送信または確定したキー",
	"operations":                "購入の操作",
	"orders":                    "注文",
	"orders and operations":     "注文と購入の操作",
	"orders read by themselves": "1 件ずつ読み取った注文",
	"orders with compensations": "補償のある注文",
	"orders with steps":         "ステップのある注文",
	"products":                  "商品",
	"purchases that were answered with an order": "注文が返った購入",
	"purchases that were asked for again":        "もう一度送った購入",
	"purchases with several definite answers":    "確定した応答が 2 つ以上ある購入",
	"reads of acknowledged orders":               "受け付けた注文の読み取り",
	"refusals for lack of stock":                 "在庫不足の拒否",
	"users":                                      "ユーザー",
	"values read during the load":                "負荷の間に読み取った値",
}

// ofOne has the plural of each unit by its singular.
var ofOne = map[string]string{
	"answer or order":    "answers and orders",
	"confirmed purchase": "confirmed purchases",
	"confirmed purchase or refusal for lack of money":         "confirmed purchases and refusals for lack of money",
	"key of which every answer says that nothing was done":    "keys of which every answer says that nothing was done",
	"key that was answered as one for which nothing was done": "keys that were answered as ones for which nothing was done",
	"key that was re-used or sent while in flight":            "keys that were re-used or sent while in flight",
	"key that was said to be in progress":                     "keys that were said to be in progress",
	"key that was sent or confirmed more than once":           "keys that were sent or confirmed more than once",
	"order":                    "orders",
	"operation":                "operations",
	"order or operation":       "orders and operations",
	"order read by itself":     "orders read by themselves",
	"order with compensations": "orders with compensations",
	"order with steps":         "orders with steps",
	"product":                  "products",
	"purchase that was answered with an order": "purchases that were answered with an order",
	"purchase that was asked for again":        "purchases that were asked for again",
	"purchase with several definite answers":   "purchases with several definite answers",
	"read of an acknowledged order":            "reads of acknowledged orders",
	"refusal for lack of stock":                "refusals for lack of stock",
	"user":                                     "users",
	"value read during the load":               "values read during the load",
}

// countsOf returns the texts of an audit's evidence that count units.
func countsOf(units map[string]string) map[string]string {
	texts := map[string]string{}
	add := func(n, m, english, japanese string) {
		texts[n+" "+english] = japanese + " " + n + " 件"
		texts[n+" "+english+"; {=note}"] = japanese + " " + n + " 件; {=note}"
		of, counts := n+" of "+m+" "+english, japanese+" "+m+" 件中 "+n+" 件"
		texts[of] = counts
		texts[of+". First: {=what}"] = counts + "。最初の例: {=what}"
		texts["{=title}: "+of+". First: {=what}"] = "{=title}: " + counts + "。最初の例: {=what}"
	}
	for english, japanese := range units {
		add("{n}", "{m}", english, japanese)
	}
	for one, many := range ofOne {
		add("1", "1", one, units[many])
	}
	for _, english := range []string{"{n} users", "1 user", "{n} products", "1 product", "1 order"} {
		delete(texts, english) // a page shows them elsewhere, too
	}
	return texts
}
