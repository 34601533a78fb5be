package ja

import "maps"

// ofCounterexamples are the sentences of an audit's counterexamples, their formulas, and
// the lines of the state below them.
var ofCounterexamples = map[string]string{
	// a purchase
	"a purchase whose payload was not recorded":                     "内容の記録がない購入",
	"key {key} ({=buys})":                                           "キー {key} ({=buys})",
	"a request without a key ({=buys})":                             "キーのないリクエスト ({=buys})",
	"operation {n} of stage {stage} ({=buys}) was bought {t} times": "ステージ {stage} の購入 {n} ({=buys}) が {t} 回購入された",
	"out of stock":         "在庫不足",
	"insufficient balance": "残高不足",

	// an attempt's answer, and what a plan of faults did to it
	"no answer ({class})":           "応答なし ({class})",
	"no answer ({class}): {=fault}": "応答なし ({class}): {=fault}",
	"not sent ({class})":            "送信できず ({class})",
	"HTTP {n} {reason}: the fault plan answered in the service's place":       "HTTP {n} {reason}: 障害の計画がサービスの代わりに応答した",
	"HTTP {n} {reason}: while the fault plan answered in the service's place": "HTTP {n} {reason}: 障害の計画がサービスの代わりに応答していた間",
	"while the fault plan {=did}":                                             "障害の計画が{=did}間",
	"while the fault plan {=did} and {=too}":                                  "障害の計画が{=did}、また{=too}間",
	"dropped requests":                                                        "リクエストを捨てていた",
	"dropped replies":                                                         "応答を捨てていた",
	"withheld requests":                                                       "リクエストを止めていた",
	"withheld replies":                                                        "応答を止めていた",
	"held requests back":                                                      "リクエストを遅らせていた",
	"sent requests twice":                                                     "リクエストを 2 回送っていた",
	"had killed the service":                                                  "サービスを強制終了していた",
	"reset connections before the service got the request":                    "リクエストがサービスに届く前に接続をリセットしていた",
	"reset connections in place of replies":                                   "応答の代わりに接続をリセットしていた",
	"the fault plan dropped the request":                                      "障害の計画がリクエストを捨てた",
	"the fault plan dropped the reply":                                        "障害の計画が応答を捨てた",
	"the fault plan withheld the request":                                     "障害の計画がリクエストを止めた",
	"the fault plan withheld the reply":                                       "障害の計画が応答を止めた",
	"the fault plan held the request back":                                    "障害の計画がリクエストを遅らせた",
	"the fault plan killed the service":                                       "障害の計画がサービスを強制終了した",
	"the fault plan reset the connection before the service got the request":  "障害の計画が、リクエストがサービスに届く前に接続をリセットした",
	"the fault plan reset the connection in place of the reply":               "障害の計画が応答の代わりに接続をリセットした",

	// keys
	"key {key} was sent as one purchase and confirmed as {n} orders: {orders}":                                              "キー {key} は 1 件の購入として送信したが、{n} 件の注文として確定した: {orders}",
	"key {key} was sent as one purchase, and the state has {n} confirmed orders for it":                                     "キー {key} は 1 件の購入として送信したが、状態には確定した注文が {n} 件ある",
	"key {key} was sent {n} times, and the state has more orders with its payload ({=buys}) than purchases of it were sent": "キー {key} を {n} 回送信し、状態には同じ内容 ({=buys}) の注文が、送信した購入より多くある",
	"{=says}: {n} confirmed orders, {u} of them named by no answer − {=can} that can have made those = {m} too many":        "{=says}: 確定した注文 {n} 件、うち {u} 件はどの応答にもない − それを作りえた{=can} = {m} 件過剰",
	"1 purchase":                             "購入 1 件",
	"{n} purchases":                          "購入 {n} 件",
	"{=who} was confirmed and later refused": "{=who} は確定した後に拒否された",
	"{=who} was refused and later confirmed": "{=who} は拒否された後に確定した",
	"{=says}: first confirmed {confirmed} and first refused ({=reason}) {refused} after it was sent":                                                             "{=says}: 送信から {confirmed} 後に最初の確定、{refused} 後に最初の拒否 {=reason}",
	"{=who} was refused as order {order}, which is CANCELLED, and bought all the same as order {other}, which is CONFIRMED: the refusal was not kept":            "{=who} は注文 {order} (CANCELLED) として拒否されたのに、注文 {other} (CONFIRMED) として購入された: 拒否が守られていない",
	"{=who} was refused ({reason}) as order {order}, which is CANCELLED, and bought all the same as order {other}, which is CONFIRMED: the refusal was not kept": "{=who} は注文 {order} (CANCELLED) として拒否 ({reason}) されたのに、注文 {other} (CONFIRMED) として購入された: 拒否が守られていない",
	"key {key} was refused as re-used with another payload, but it was only ever sent with one: {=buys}":                                                         "キー {key} は別の内容での使い回しとして拒否されたが、送信した内容は 1 つだけ: {=buys}",
	"key {key} was re-used with another payload, and that was confirmed as well":                                                                                 "キー {key} は別の内容で使い回され、それも確定した",
	"key {key} was sent again while it was in flight, and was confirmed as another order":                                                                        "キー {key} は処理中に再送され、別の注文として確定した",
	"order {order} was the answer to key {key}, but the state says that it belongs to key {other}":                                                               "注文 {order} はキー {key} への応答だが、状態ではキー {other} のもの",
	"order {order} was the answer to key {key} and to key {other}":                                                                                               "注文 {order} はキー {key} とキー {other} の両方への応答",
	"{=who} was {=was}, but when it was asked for again after the load {=now}":                                                                                   "{=who} は{=was}だったが、負荷の後に再送すると{=now}",
	"CONFIRMED by the state":                                     "状態では CONFIRMED",
	"CANCELLED for {reason} by the state":                        "状態では {reason} で CANCELLED",
	"refused with {answer}":                                      "{answer} で拒否",
	"it was confirmed":                                           "確定した",
	"it was confirmed as order {order}":                          "注文 {order} として確定した",
	"it was confirmed as order {order} instead of order {other}": "注文 {other} ではなく注文 {order} として確定した",
	"it was refused with {answer}":                               "{answer} で拒否された",
	"{=who} was still in progress when it was asked for again {time} after its last answer, limit {limit}":                        "{=who} は最後の応答から {time} 後に再送しても処理中のまま、上限 {limit}",
	"{=who} was still in progress when it was asked for again {time} after its last answer, limit {limit}, although it is {=was}": "{=who} は最後の応答から {time} 後に再送しても処理中のまま、上限 {limit}。実際は{=was}",
	"asked again {time} after its last answer: {answer}":                                                                          "最後の応答から {time} 後に再送: {answer}",

	// more than there was, and refusals without a reason
	"{=who} was confirmed although there was not enough left":                                                                                                                       "{=who} は残りが足りないのに確定した",
	"{=who} got no answer, but the state has it confirmed although there was not enough left":                                                                                       "{=who} は応答がなく、残りが足りないのに状態では確定している",
	"{=who} was refused as {=reason} although enough must have been left":                                                                                                           "{=who} は十分に残っているはずなのに、{=reason}として拒否された",
	"{=says}: {n} pieces of product {p} in stock − {t} sold with it = {r} < 0; {c} purchases had been confirmed before it was sent":                                                 "{=says}: 商品 {p} の在庫 {n} − これを含む販売 {t} = {r} < 0; 送信前に確定した購入 {c} 件",
	"{=says}: {n} pieces of product {p} in stock − {t} sold with it = {r} < 0; 1 purchase had been confirmed before it was sent":                                                    "{=says}: 商品 {p} の在庫 {n} − これを含む販売 {t} = {r} < 0; 送信前に確定した購入 1 件",
	"{=says}: {n} of money of user {u} − {t} spent with it = {r} < 0; {c} purchases had been confirmed before it was sent":                                                          "{=says}: ユーザー {u} の残高 {n} − これを含む支払い {t} = {r} < 0; 送信前に確定した購入 {c} 件",
	"{=says}: {n} of money of user {u} − {t} spent with it = {r} < 0; 1 purchase had been confirmed before it was sent":                                                             "{=says}: ユーザー {u} の残高 {n} − これを含む支払い {t} = {r} < 0; 送信前に確定した購入 1 件",
	"{=says}: {n} pieces of product {p} in stock − {b} bought or perhaps bought until the answer − {h} perhaps held meanwhile by purchases that were refused = {r} ≥ {a} asked for": "{=says}: 商品 {p} の在庫 {n} − 応答までに購入された可能性のある {b} − 拒否された購入が一時的に確保した可能性のある {h} = {r} ≥ 購入数 {a}",
	"{=says}: {n} of money of user {u} − {b} bought or perhaps bought until the answer − {h} perhaps held meanwhile by purchases that were refused = {r} ≥ {a} asked for":           "{=says}: ユーザー {u} の残高 {n} − 応答までに購入された可能性のある {b} − 拒否された購入が一時的に確保した可能性のある {h} = {r} ≥ 代金 {a}",

	// answers and state
	"{=who} was confirmed, but the state has no such order":                                           "{=who} は確定と応答されたが、状態にその注文がない",
	"{=who} was confirmed, but the state says {status}":                                               "{=who} は確定と応答されたが、状態では {status}",
	"{=who} was confirmed, but the order in the state is another: user {u}, {q} × product {p}":        "{=who} は確定と応答されたが、状態の注文は別物: ユーザー {u}、商品 {p} × {q}",
	"{=who} was refused ({=reason}), but the state has it confirmed":                                  "{=who} は拒否 ({=reason}) と応答されたが、状態では確定している",
	"order {order} was made under key {key}, which was sent for something else":                       "注文 {order} はキー {key} のものだが、このキーは別の購入のために送信した",
	"order {order} was made under key {key}, which no stage given here has sent":                      "注文 {order} はキー {key} のものだが、このキーはどのステージも送信していない",
	"the answer to {=who} says {what}":                                                                "{=who} への応答の内容が違う: {what}",
	"the answer to {=who} names an amount of {n}, but {=other}":                                       "{=who} への応答の金額は {n} だが、{=other}",
	"order {order} in the state has {n}":                                                              "状態の注文 {order} では {n}",
	"{q} × {p} is {n}":                                                                                "{q} × {p} は {n}",
	"order {order} was shown by an earlier read, but GET /orders does not list it":                    "注文 {order} は前の読み取りにはあったが、GET /orders の一覧にない",
	"order {order} was shown by an earlier read, but GET /orders/{id} answered 404 {time} after that": "注文 {order} は前の読み取りにはあったが、その {time} 後の GET /orders/{id} は 404",
	"step {step} of {=who} was done and later refused, under key {key}":                               "{=who} のステップ {step} は済んだ後に、同じキー {key} で拒否された",
	"{=who} ended between its steps, before the one that decides, but the state has it confirmed":     "{=who} は決め手のステップの前に途中で終わったのに、状態では確定している",
	"order {order} was accepted at {at}, but GET /orders does not list it":                            "注文 {order} は {at} に受け付けられたが、GET /orders の一覧にない",
	"order {order} was accepted at {at}, but GET /orders/{id} answered 404 {time} after that":         "注文 {order} は {at} に受け付けられたが、その {time} 後の GET /orders/{id} は 404",
	"order {order} was confirmed at {at}, but GET /orders does not list it":                           "注文 {order} は {at} に確定したが、GET /orders の一覧にない",
	"order {order} was confirmed at {at}, but GET /orders/{id} answered 404 {time} after that":        "注文 {order} は {at} に確定したが、その {time} 後の GET /orders/{id} は 404",
	"{=answer} said that nothing happened to key {key}, but the state has {=what}":                    "{=answer} は「キー {key} に何もしていない」という応答だが、状態には{=what}",
	"{=answer} said that a purchase under key {key} was begun, but the state has no order of it":      "{=answer} は「キー {key} の購入を処理中」という応答だが、状態にその注文がない",
	"{n} without a code, of the service or of a proxy before it,":                                     "{n} (コードなし、サービスか手前のプロキシから)",
	"order {order} of it, {#status}":                                                                  "その注文 {order} ({#status}) がある",
	"order {order} of it, {#status}, and {=money}":                                                    "その注文 {order} ({#status}) と{=money}がある",
	"no order, and {=money}":              "注文はなく、{=money}がある",
	"a charge of {n}":                     "請求 {n}",
	"a refund of {n}":                     "返金 {n}",
	"a charge of {n} and a refund of {m}": "請求 {n} と返金 {m}",

	// orders and values that were read
	"order {order} is still {status}: {time} after the last answer, want an end within {limit}":                    "注文 {order} はまだ {status}: 最後の応答から {time}、上限 {limit}",
	"the stock of product {p} was read below zero: {v} < 0, {time} after the last stage began":                     "商品 {p} の在庫がマイナス: {v} < 0、最後のステージの開始から {time} 後",
	"the number of reserved pieces of product {p} was read below zero: {v} < 0, {time} after the last stage began": "商品 {p} の引き当て数がマイナス: {v} < 0、最後のステージの開始から {time} 後",
	"the balance of user {u} was read below zero: {v} < 0, {time} after the last stage began":                      "ユーザー {u} の残高がマイナス: {v} < 0、最後のステージの開始から {time} 後",
	"order {order} has the status {status}, which the contract does not have":                                      "注文 {order} の状態 {status} は API の仕様にない",
	"order {order} went from {#from} to {#to}":                                                                     "注文 {order} が {#from} から {#to} に変わった",
	"{time} after the last stage began: {#status}, read from the service":                                          "最後のステージの開始から {time} 後: {#status} (サービスから読み取り)",
	"{time} after the last stage began: {#status}, read from the service within {took}":                            "最後のステージの開始から {time} 後: {#status} (サービスから {took} で読み取り)",
	"{time} after the last stage began: {#status}, said by a confirming answer":                                    "最後のステージの開始から {time} 後: {#status} (確定の応答)",
	"{time} after the last stage began: {#status}, said by a confirming answer within {took}":                      "最後のステージの開始から {time} 後: {#status} ({took} での確定の応答)",

	// lines of the state
	"the state has order {order}: {#status}, user {u}, {q} × product {p}, key {key}, created {time}":              "状態に注文 {order}: {#status}、ユーザー {u}、商品 {p} × {q}、キー {key}、作成 {time}",
	"the state has order {order}: {#status} for {reason}, user {u}, {q} × product {p}, key {key}, created {time}": "状態に注文 {order}: {#status} ({reason})、ユーザー {u}、商品 {p} × {q}、キー {key}、作成 {time}",
	"the ledger has entry {entry}: {=kind} of {n}, user {u}, order {order}, at {time}":                            "台帳に記録 {entry}: {=kind} {n}、ユーザー {u}、注文 {order}、時刻 {time}",
	"step {n}: {#action} {#step} at {time}":                                                                       "ステップ {n}: {#step} の {#action}、時刻 {time}",
	"charge":                                                                                                      "請求",
	"refund":                                                                                                      "返金",

	// steps
	"order {order} is {#status}, but step {#step} never took effect":                                    "注文 {order} は {#status} だが、ステップ {#step} が行われていない",
	"order {order} is {#status}, but step {#step} of it was undone":                                     "注文 {order} は {#status} だが、ステップ {#step} が取り消された",
	"order {order} is {#status}, but step {#step} was done more often than it was undone":               "注文 {order} は {#status} だが、ステップ {#step} を行った回数が取り消した回数より多い",
	"order {order} is {#status}, but step {#step} was never undone":                                     "注文 {order} は {#status} だが、ステップ {#step} が取り消されていない",
	"{#action} {#step} (step {n}) of order {order} took effect although there was nothing to take back": "注文 {order} の {#step} の {#action} (ステップ {n}) は、取り消すものがないのに効果があった",
	"{#action} {#step} (step {n}) of order {order} took effect although it had been compensated before": "注文 {order} の {#step} の {#action} (ステップ {n}) は、補償の後なのに効果があった",
	"{#action} {#step} (step {n}) of order {order} took effect a second time":                           "注文 {order} の {#step} の {#action} (ステップ {n}) の効果が 2 回あった",
}

// ofMoney are the sentences of the counterexamples about stock and money.
var ofMoney = map[string]string{
	// what was paid for a purchase
	"the {=kind} of order {order} ({n}) went to user {u}; the order is of user {v}": "注文 {order} の{=kind} ({n}) はユーザー {u} に対して行われた; 注文はユーザー {v} のもの",
	"a {=kind} of order {order} went to another user":                               "注文 {order} の{=kind}は別のユーザーに対して行われた",
	"order {order} of user {u} has an amount of {n}, want {m}: {a} = {q} × {p}":     "ユーザー {u} の注文 {order} の金額は {n}、正しくは {m}: {a} = {q} × {p}",
	"order {order} was charged {d} too much ({n} instead of {m})":                   "注文 {order} の請求が {d} 多い ({m} のはずが {n})",
	"order {order} was charged {d} too little ({n} instead of {m})":                 "注文 {order} の請求が {d} 少ない ({m} のはずが {n})",
	"order {order} was charged {n} times":                                           "注文 {order} は {n} 回請求された",
	"order {order} was charged {n} times before the rest was refunded":              "注文 {order} は {n} 回請求され、余分は後で返金された",
	"order {order} was refunded {n} without a charge":                               "注文 {order} は請求がないのに {n} 返金された",
	"order {order} was refunded {d} too much ({n} instead of {m})":                  "注文 {order} の返金が {d} 多い ({m} のはずが {n})",
	"order {order} was refunded {d} too little ({n} instead of {m})":                "注文 {order} の返金が {d} 少ない ({m} のはずが {n})",
	"order {order} was refunded before it was charged":                              "注文 {order} は請求の前に返金された",
	"order {order} was cancelled, but its charge of {n} was never refunded":         "注文 {order} は取り消されたが、請求 {n} が返金されていない",
	"order {order} was cancelled, but refunded {d} too little ({n} instead of {m})": "注文 {order} は取り消されたが、返金が {d} 少ない ({m} のはずが {n})",
	"order {order} was cancelled, but refunded {d} too much ({n} instead of {m})":   "注文 {order} は取り消されたが、返金が {d} 多い ({m} のはずが {n})",
	"order {order} is confirmed, but was never charged":                             "注文 {order} は確定しているが、請求されていない",
	"order {order} is confirmed, but {n} of its charge was refunded":                "注文 {order} は確定しているが、請求のうち {n} が返金された",
	"{=says}: charges − refunds = {n}, want {m}":                                    "{=says}: 請求 − 返金 = {n}、正しくは {m}",
	"money moved for order {order}, which the state does not have":                  "状態にない注文 {order} のお金が動いた",

	// balances
	"the balance of user {u} is {n} lower than charges and refunds leave it":                                                              "ユーザー {u} の残高が、請求と返金から計算した額より {n} 少ない",
	"the balance of user {u} is {n} higher than charges and refunds leave it":                                                             "ユーザー {u} の残高が、請求と返金から計算した額より {n} 多い",
	"the balance of user {u} is {n} lower than charges and refunds leave it, as if the charge of order {#order} had been taken twice":     "ユーザー {u} の残高が、請求と返金から計算した額より {n} 少ない。注文 {#order} の請求が 2 回引かれた場合と一致",
	"the balance of user {u} is {n} higher than charges and refunds leave it, as if the charge of order {#order} had not been taken":      "ユーザー {u} の残高が、請求と返金から計算した額より {n} 多い。注文 {#order} の請求が引かれなかった場合と一致",
	"the balance of user {u} is {n} lower than charges and refunds leave it, as if the refund of order {#order} had not been paid out":    "ユーザー {u} の残高が、請求と返金から計算した額より {n} 少ない。注文 {#order} の返金が支払われなかった場合と一致",
	"the balance of user {u} is {n} higher than charges and refunds leave it, as if the refund of order {#order} had been paid out twice": "ユーザー {u} の残高が、請求と返金から計算した額より {n} 多い。注文 {#order} の返金が 2 回支払われた場合と一致",
	"the balance of user {u} differs by as much the other way":                                                                            "ユーザー {u} の残高は、逆方向に同じだけ違う",
	"{=says}: {n} at first − {t} charged and not refunded by the ledger = {e}, but the state says {s}":                                    "{=says}: 最初 {n} − 台帳の請求から返金を引いた {t} = {e}、状態では {s}",
	"{=says}: {n} at first − {t} in confirmed orders = {e}, but the state says {s}":                                                       "{=says}: 最初 {n} − 確定した注文の {t} = {e}、状態では {s}",

	// stock; what explains it follows a colon
	"product {p} still has {=pieces} although no order is pending":         "商品 {p} は、処理中の注文がないのに{=pieces}",
	"product {p} still has {=pieces} although no order is pending: {=why}": "商品 {p} は、処理中の注文がないのに{=pieces}: {=why}",
	"product {p} has {=pieces} than its confirmed orders leave":            "商品 {p} の在庫が、確定した注文から計算した数より{=pieces}",
	"product {p} has {=pieces} than its confirmed orders leave: {=why}":    "商品 {p} の在庫が、確定した注文から計算した数より{=pieces}: {=why}",
	"product {p} has a stock below zero":                                   "商品 {p} の在庫がマイナス",
	"product {p} has a stock below zero: {=why}":                           "商品 {p} の在庫がマイナス: {=why}",
	"1 piece reserved":            "1 個が引き当てられたまま",
	"{n} pieces reserved":         "{n} 個が引き当てられたまま",
	"1 piece fewer":               "1 個少ない",
	"{n} pieces fewer":            "{n} 個少ない",
	"1 piece more":                "1 個多い",
	"{n} pieces more":             "{n} 個多い",
	"and 1 more order like it":    "同様の注文がほか 1 件",
	"and {n} more orders like it": "同様の注文がほか {n} 件",
	"only order {#order} ({#status}) is for that many, as if it had never released them": "この個数の注文は {#order} ({#status}) だけで、解放しなかった場合と一致",
	"only order {#order} ({#status}) is for that many, as if it had taken nothing":       "この個数の注文は {#order} ({#status}) だけで、在庫を引かなかった場合と一致",
}

// ofStockBooks are the sentences of a counterexample that say what stock there was and
// what orders did with it, for one piece or confirmed order and for several.
var ofStockBooks = counted(map[string]string{
	"{=says}: {n} at first − {t} in {c} confirmed orders = {e}, but the state says stock {s} and reserved {r}": "{=says}: 最初 {n} − 確定した注文 {c} 件の {t} = {e}、状態では在庫 {s}、引き当て {r}",
	"{n} at first − {t} in {c} confirmed orders = {e}, but the state says stock {s} and reserved {r}":          "最初 {n} − 確定した注文 {c} 件の {t} = {e}、状態では在庫 {s}、引き当て {r}",
	"order {#order} ({#status}) reserved {c} pieces {t} times":                                                 "注文 {#order} ({#status}) は {c} 個を {t} 回引き当てた",
	"order {#order} ({#status}) never reserved {c} pieces":                                                     "注文 {#order} ({#status}) は {c} 個を引き当てていない",
	"order {#order} ({#status}) never released {c} pieces":                                                     "注文 {#order} ({#status}) は {c} 個を解放していない",
	"order {#order} ({#status}) released {c} pieces without having reserved it":                                "注文 {#order} ({#status}) は {c} 個を引き当てずに解放した",
	"only order {#order} ({#status}) is for that many, as if it had taken {c} pieces twice":                    "この個数の注文は {#order} ({#status}) だけで、{c} 個を 2 回引いた場合と一致",
	"only order {#order} ({#status}) is for that many, as if it had never given back {c} pieces":               "この個数の注文は {#order} ({#status}) だけで、{c} 個を戻さなかった場合と一致",
	"only order {#order} ({#status}) is for that many, as if it had given back {c} pieces twice":               "この個数の注文は {#order} ({#status}) だけで、{c} 個を 2 回戻した場合と一致",
})

// counted adds to each text the one for {c} = 1, in which a noun is singular.
func counted(texts map[string]string) map[string]string {
	all := maps.Clone(texts)
	for english, japanese := range texts {
		all[singular.Replace(english)] = one.Replace(japanese)
	}
	return all
}
