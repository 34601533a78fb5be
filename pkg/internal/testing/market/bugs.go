package market

// The classes of bugs.
const (
	doubleEffect     = "double effect"
	lostCompensation = "lost compensation"
	falseComp        = "wrong compensation"
	wrongCustomer    = "wrong customer"
	wrongAnswer      = "answer lies"
	keyHandling      = "key handling"
	wrongReads       = "reads"
	arithmetic       = "arithmetic"
	stuck            = "stuck"
	lostEffect       = "lost effect"
	accounting       = "accounting"
	falseRefusal     = "false refusal"
	race             = "race"
)

// The loads that bugs need.
const (
	anyLoad      = "any load"
	noStock      = "out of stock"
	noMoney      = "insufficient balance"
	aRefusal     = "out of stock or insufficient balance"
	refunds      = "out of stock after the charge (ChargeFirst or Parallel)"
	releases     = "insufficient balance after the reservation (ReserveFirst or Parallel)"
	undoing      = "a refusal after another step was taken"
	retries      = "the same key asked again after a confirmation"
	refusalAgain = "the same key asked again after a refusal"
	sameTime     = "the same key asked twice at the same time"
	otherPayload = "key re-used with another payload"
	restarts     = "a restart under load"
	prices       = "a price that changes under load"
	quantities   = "quantities above 1"
	onProduct    = "concurrency on one product"
	onUser       = "concurrency on one user"
)

// Bugs returns all bugs. Their names are stable.
func Bugs() []Bug {
	var all []Bug
	for _, bugs := range [][]Bug{stockBugs, moneyBugs, ledgerBugs, compensationBugs, endBugs, answerBugs, keyBugs, replayBugs, readBugs} {
		all = append(all, bugs...)
	}
	return all
}

var stockBugs = []Bug{
	{Name: "last-piece", Title: "The last piece is never sold: the check is < where it must be <=.", Source: "off-by-one, boundary class", Class: falseRefusal, Needs: "a quantity equal to what is left", Probability: 1},
	{Name: "sold-out-sticky", Title: "A product that was out of stock once is refused though pieces came back.", Source: "sold-out flag in a cache, flash-sale systems", Class: falseRefusal, Needs: "out of stock, then restocking or a smaller quantity", Probability: 1},
	{Name: "stock-race", Title: "Stock is checked before another purchase takes it, and becomes negative.", Source: "TOCTOU; overselling reports of shops on read-committed databases", Class: race, Needs: onProduct + " near out of stock", Probability: 0.3},
	{Name: "stock-lost-update", Title: "Stock is read, then written absolutely: a reservation in between is lost.", Source: "lost update (Kleppmann, Designing Data-Intensive Applications, ch. 7)", Class: race, Needs: onProduct},
	{Name: "reserve-twice", Title: "A reservation that timed out is sent again: the pieces are held twice, one of them for ever.", Source: "non-idempotent step, AWS Builders' Library on retries", Class: doubleEffect, Needs: anyLoad},
	{Name: "reserves-wrong-product", Title: "The pieces of another product are held and sold.", Source: "wrong index, variant/SKU mix-ups", Class: accounting, Needs: anyLoad},
	{Name: "out-of-stock-ignored", Title: "The refusal of a reservation is ignored, and the order confirmed without pieces.", Source: "swallowed error class", Class: lostEffect, Needs: noStock, Probability: 0.2},
	{Name: "partial-sale", Title: "What is left is sold, and the whole quantity charged.", Source: "partial fulfilment without partial price", Class: lostEffect, Needs: "out of stock while some pieces are left", Probability: 1},
	{Name: "reserved-kept", Title: "Pieces of a confirmed order stay held for ever.", Source: "leaked reservations (Helland, Life beyond Distributed Transactions)", Class: accounting, Needs: anyLoad},
	{Name: "stock-taken-twice", Title: "The confirmation takes from the stock what the reservation took before.", Source: "decrement at checkout and at shipping", Class: doubleEffect, Needs: anyLoad},
}

var moneyBugs = []Bug{
	{Name: "last-money", Title: "A balance that is exactly enough is refused.", Source: "off-by-one, boundary class", Class: falseRefusal, Needs: "an amount equal to the balance", Probability: 1},
	{Name: "insufficient-sticky", Title: "A user who was refused once for lack of money is refused again though there is enough.", Source: "risk flag in a cache", Class: falseRefusal, Needs: "insufficient balance, then a smaller amount or topping up", Probability: 1},
	{Name: "overdraft-race", Title: "The balance is checked before another purchase takes it, and becomes negative.", Source: "TOCTOU; Flexcoin 2014, withdrawals at the same time", Class: race, Needs: onUser + " near insufficient balance", Probability: 0.3},
	{Name: "balance-lost-update", Title: "The balance is read, then written absolutely: a charge in between is lost.", Source: "lost update; Starbucks gift cards 2015", Class: race, Needs: onUser},
	{Name: "charge-twice", Title: "The payment is charged twice.", Source: "retry of a timed-out payment without a key (Stripe, Designing robust and predictable APIs with idempotency)", Class: doubleEffect, Needs: anyLoad},
	{Name: "charge-twice-silent", Title: "The balance is charged twice, the ledger says once.", Source: "as charge-twice, with a ledger that has unique order ids", Class: doubleEffect, Needs: anyLoad},
	{Name: "charges-wrong-user", Title: "Another user is charged.", Source: "wrong payment method attached to a session", Class: wrongCustomer, Needs: anyLoad},
	{Name: "charges-previous-user", Title: "The user of the purchase before is charged.", Source: "state shared between requests, thread-local leaks", Class: wrongCustomer, Needs: "several users"},
	{Name: "charge-unit-price", Title: "The price of one piece is charged for all.", Source: "forgotten quantity", Class: arithmetic, Needs: quantities},
	{Name: "charge-rounded", Title: "The charge is rounded down to whole major units.", Source: "money as floating point, conversion of minor units", Class: arithmetic, Needs: "amounts that are not multiples of 100", Probability: 1},
	{Name: "charge-int32", Title: "The charge is cut to 32 bits.", Source: "integer overflow class", Class: arithmetic, Needs: "amounts from 2^32", Probability: 1},
	{Name: "price-read-twice", Title: "The order has the price of its creation, the charge that of a second read.", Source: "TOCTOU on prices", Class: arithmetic, Needs: prices, Probability: 1},
	{Name: "insufficient-ignored", Title: "The refusal of the payment is ignored, and the order confirmed without one.", Source: "swallowed error class; payment webhooks not checked", Class: lostEffect, Needs: noMoney, Probability: 0.2},
	{Name: "charges-what-is-left", Title: "If the balance is not enough, all of it is charged and the order confirmed.", Source: "clamped balance, GREATEST(0, balance - amount)", Class: lostEffect, Needs: noMoney, Probability: 0.2},
	{Name: "charge-not-taken", Title: "The ledger has the charge, the balance did not move.", Source: "dual write (Richardson, transactional outbox)", Class: accounting, Needs: anyLoad},
}

var ledgerBugs = []Bug{
	{Name: "ledger-twice", Title: "The charge is in the ledger twice, the balance moved once.", Source: "at-least-once delivery to a ledger without deduplication", Class: accounting, Needs: anyLoad},
	{Name: "ledger-missing", Title: "The balance moved, the ledger has nothing.", Source: "dual write", Class: accounting, Needs: anyLoad},
	{Name: "ledger-wrong-order", Title: "The charge is booked under the id of the order before.", Source: "variable captured by a closure", Class: accounting, Needs: "concurrency"},
	{Name: "ledger-wrong-amount", Title: "The ledger has one minor unit more than was charged.", Source: "rounding in one of two places", Class: accounting, Needs: anyLoad},
	{Name: "ledger-wrong-user", Title: "The charge is booked for another user than was charged.", Source: "join on the wrong column", Class: wrongCustomer, Needs: anyLoad},
}

var compensationBugs = []Bug{
	{Name: "refund-lost", Title: "The charge of a cancelled order is not given back.", Source: "sagas (Garcia-Molina and Salem; Richardson): compensation not retried", Class: lostCompensation, Needs: refunds, Probability: 0.2, Steps: ChargeFirst},
	{Name: "refund-claimed", Title: "Ledger and steps have the refund, the balance did not move.", Source: "refund API accepted, failed later", Class: lostCompensation, Needs: refunds, Probability: 0.2, Steps: ChargeFirst},
	{Name: "refund-unbooked", Title: "The refund moved the balance and is not in the ledger.", Source: "dual write", Class: accounting, Needs: refunds, Probability: 0.2, Steps: ChargeFirst},
	{Name: "refund-twice", Title: "The refund is given twice.", Source: "compensation that is retried must be idempotent (dtm)", Class: doubleEffect, Needs: refunds, Probability: 0.2, Steps: ChargeFirst},
	{Name: "refund-fee", Title: "The refund keeps 3 percent.", Source: "processing fees kept", Class: falseComp, Needs: refunds, Probability: 0.2, Steps: ChargeFirst},
	{Name: "refund-current-price", Title: "The refund is of the present price instead of what was charged.", Source: "compensation computed anew instead of recorded", Class: falseComp, Needs: refunds + " while prices change", Probability: 1, Steps: ChargeFirst},
	{Name: "refund-wrong-user", Title: "The refund goes to the user who was charged last.", Source: "state shared between requests", Class: wrongCustomer, Needs: refunds + ", several users", Probability: 0.5, Steps: ChargeFirst},
	{Name: "refund-wrong-order", Title: "The refund is booked under another order.", Source: "wrong correlation id", Class: falseComp, Needs: refunds, Probability: 0.5, Steps: ChargeFirst},
	{Name: "release-lost", Title: "Pieces of a cancelled order stay held.", Source: "compensation lost in a crash", Class: lostCompensation, Needs: releases, Probability: 0.2},
	{Name: "release-claimed", Title: "The steps have the release, the pieces stay held.", Source: "update that matched no row, not checked", Class: lostCompensation, Needs: releases, Probability: 0.2},
	{Name: "release-vanishes", Title: "Pieces of a cancelled order are neither held nor free afterwards.", Source: "half a compensation", Class: lostCompensation, Needs: releases, Probability: 0.2},
	{Name: "release-twice", Title: "Pieces of a cancelled order become free twice.", Source: "compensation that is not idempotent (dtm)", Class: doubleEffect, Needs: releases, Probability: 0.2},
	{Name: "release-one", Title: "One piece of a cancelled order becomes free, whatever the quantity.", Source: "forgotten quantity", Class: falseComp, Needs: releases + ", " + quantities, Probability: 0.5},
	{Name: "release-wrong-product", Title: "The pieces become free at another product.", Source: "wrong index", Class: falseComp, Needs: releases, Probability: 0.2},
	{Name: "undoes-all", Title: "A refusal undoes all steps, also those that were not taken.", Source: "empty compensation (dtm, sub-transaction barrier)", Class: falseComp, Needs: aRefusal, Probability: 0.2},
	{Name: "late-charge", Title: "A charge that was given up arrives after the order was cancelled.", Source: "hanging: the action after its compensation (dtm, sub-transaction barrier)", Class: falseComp, Needs: noStock, Probability: 0.2},
	{Name: "answers-before-undone", Title: "The refusal is answered 200 ms before everything is taken back.", Source: "asynchronous compensation, synchronous answer", Class: lostCompensation, Needs: undoing + ", reads right after the answer", Probability: 0.2},
	{Name: "compensation-crashes", Title: "The compensation ends before it began: the order stays COMPENSATING, 500 is answered.", Source: "crash in the error path (Yuan et al., Simple testing can prevent most critical failures)", Class: stuck, Needs: undoing, Probability: 0.2},
	{Name: "stuck-compensating", Title: "Everything is undone, but the order stays COMPENSATING.", Source: "last update of a saga lost", Class: stuck, Needs: aRefusal, Probability: 0.2},
	{Name: "reason-swapped", Title: "Lack of stock is called lack of money and the other way round.", Source: "error codes mapped by hand", Class: wrongAnswer, Needs: aRefusal, Probability: 0.2},
}

var endBugs = []Bug{
	{Name: "stuck-pending", Title: "After both steps the purchase ends with 500; the order stays PENDING and its key in progress for ever.", Source: "crash between steps without recovery (Brandur, Implementing Stripe-like idempotency keys)", Class: stuck, Needs: anyLoad},
	{Name: "restart-orphans", Title: "Purchases that a restart interrupts are not taken up again.", Source: "sagas in memory without recovery", Class: stuck, Needs: restarts, Probability: 1},
	{Name: "recovery-charges-again", Title: "After a restart an interrupted purchase is charged again.", Source: "recovery replays a step that had its effect", Class: doubleEffect, Needs: restarts, Probability: 1},
	{Name: "restart-loses-confirmed", Title: "201 is answered before the commit: a restart loses what was confirmed in the second before.", Source: "write-behind; fsync off; asynchronous replication failover (GitHub, October 2018)", Class: lostEffect, Needs: restarts, Probability: 0.3},
	{Name: "charged-then-500", Title: "After the charge the transaction of the order is rolled back, the charge is not: 500, no order.", Source: "external effect inside a database transaction (Brandur)", Class: lostCompensation, Needs: anyLoad},
	{Name: "order-lost", Title: "A confirmed order cannot be found any more.", Source: "lost write", Class: lostEffect, Needs: anyLoad},
	{Name: "order-unlisted", Title: "A confirmed order is missing in the list.", Source: "search index not updated", Class: wrongReads, Needs: anyLoad},
	{Name: "order-unreadable", Title: "A confirmed order is listed, and 404 alone.", Source: "read from a shard that has it not", Class: wrongReads, Needs: anyLoad + ", single reads"},
	{Name: "refused-order-lost", Title: "A refused order is removed.", Source: "cleaning up of cancelled rows", Class: wrongReads, Needs: aRefusal, Probability: 0.2},
	{Name: "status-goes-back", Title: "A confirmed order becomes PENDING again.", Source: "events out of order overwrite the status", Class: wrongReads, Needs: anyLoad},
	{Name: "cancelled-after-confirm", Title: "A watchdog cancels an order that was confirmed, and undoes it.", Source: "timeout races with success (Uber, Stripe webhooks)", Class: falseComp, Needs: anyLoad},
	{Name: "refund-after-confirm", Title: "The charge of a confirmed order is given back.", Source: "timeout of the caller starts the compensation though the step succeeded", Class: falseComp, Needs: anyLoad},
	{Name: "ghost-order", Title: "The queue delivers the purchase again, as an order without a key.", Source: "at-least-once delivery", Class: doubleEffect, Needs: anyLoad},
	{Name: "refused-then-bought", Title: "A job tries a refused purchase again on its own, and buys.", Source: "retry of failed payments (dunning)", Class: doubleEffect, Needs: "a refusal, then stock or money that comes back", Probability: 0.5},
	{Name: "order-unit-price", Title: "The order has the price of one piece as its amount.", Source: "forgotten quantity", Class: arithmetic, Needs: quantities},
	{Name: "step-missing", Title: "The charge is missing in the order's steps.", Source: "audit trail written best-effort", Class: accounting, Needs: anyLoad},
}

var answerBugs = []Bug{
	{Name: "refused-though-confirmed", Title: "409 out_of_stock is answered though the order is confirmed.", Source: "error path after the commit", Class: wrongAnswer, Needs: anyLoad},
	{Name: "overloaded-though-done", Title: "503 overloaded, nothing happened, is answered though the purchase took place.", Source: "timeout of a gateway reported as load shedding", Class: wrongAnswer, Needs: anyLoad},
	{Name: "malformed-though-done", Title: "400 malformed is answered though the purchase took place.", Source: "validation of the response", Class: wrongAnswer, Needs: anyLoad},
	{Name: "confirmed-though-refused", Title: "201 is answered and stored though the order is cancelled.", Source: "optimistic answer", Class: wrongAnswer, Needs: aRefusal, Probability: 0.2},
	{Name: "answers-other-order", Title: "201 comes with the order of another purchase.", Source: "responses out of step on a shared connection (redis-py, ChatGPT, March 2023)", Class: wrongCustomer, Needs: "concurrency"},
	{Name: "answer-unit-price", Title: "201 comes with the price of one piece as the amount.", Source: "response built from the request", Class: wrongAnswer, Needs: quantities},
	{Name: "answer-pending", Title: "201 comes with an order in PENDING.", Source: "read from a replica after the write", Class: wrongAnswer, Needs: anyLoad},
	{Name: "in-progress-not-begun", Title: "409 in_progress is answered to the first call with a key, and nothing begun.", Source: "lock taken by a crashed process", Class: wrongAnswer, Needs: "calls that are not asked again"},
	{Name: "running-as-200", Title: "A key that is under way is answered with 200 and an unfinished order.", Source: "key saved before the outcome", Class: wrongAnswer, Needs: sameTime, Probability: 0.5},
}

var keyBugs = []Bug{
	{Name: "key-race", Title: "Two calls with a key at the same time both find it free, and buy twice.", Source: "check-then-act without a unique index (Brandur)", Class: keyHandling, Needs: sameTime, Probability: 0.5},
	{Name: "lock-expires", Title: "The lock of a key expires while its purchase is under way: a second call buys again.", Source: "locks with leases (Kleppmann, How to do distributed locking)", Class: keyHandling, Needs: sameTime, Probability: 0.5},
	{Name: "refusal-forgotten", Title: "A refusal is not stored: the same key is tried anew.", Source: "only successes are cached", Class: keyHandling, Needs: refusalAgain, Probability: 0.2},
	{Name: "out-of-stock-retried", Title: "A key that got out_of_stock is tried anew, as 409 is taken for transient.", Source: "retryable statuses by class", Class: keyHandling, Needs: "the same key asked again after out of stock", Probability: 0.2},
	{Name: "disconnect-frees-key", Title: "A key is forgotten when the client left before the answer.", Source: "cancelled request context rolls back the key only", Class: keyHandling, Needs: "lost replies, then the same key again", Probability: 0.5},
	{Name: "keys-lost-on-restart", Title: "Keys are kept in memory: a restart forgets all.", Source: "idempotency cache without persistence", Class: keyHandling, Needs: "a restart, then the same key again", Probability: 1},
	{Name: "key-evicted", Title: "Only the newest 100 keys are kept.", Source: "LRU cache as a store of keys", Class: keyHandling, Needs: "100 purchases, then an old key again", Probability: 1},
	{Name: "key-expires", Title: "Keys are kept for 0.3 s instead of 24 h.", Source: "unit of a TTL mistaken", Class: keyHandling, Needs: "the same key asked again 0.3 s later", Probability: 1},
	{Name: "header-ignored", Title: "A key in the header alone is not regarded.", Source: "header names changed by a proxy", Class: keyHandling, Needs: "the same key asked again in the header", Probability: 1},
	{Name: "key-case", Title: "Keys that differ in upper and lower case are one.", Source: "case-insensitive collation of MySQL", Class: keyHandling, Needs: "keys that differ in case alone", Probability: 1},
	{Name: "key-truncated", Title: "Keys are cut to 16 bytes.", Source: "column too short, without strict mode", Class: keyHandling, Needs: "keys with the same first 16 bytes", Probability: 1},
	{Name: "key-trimmed", Title: "Spaces at the ends of keys are removed.", Source: "padded comparison of SQL CHAR", Class: keyHandling, Needs: "keys that differ in spaces at the ends", Probability: 1},
	{Name: "key-escaped", Title: "Characters outside ASCII in keys become question marks.", Source: "lossy encoding of a column", Class: keyHandling, Needs: "keys that differ outside ASCII", Probability: 1},
	{Name: "key-hashed", Title: "Keys are compared by a hash of 12 bits.", Source: "hash collision class", Class: keyHandling, Needs: "about 100 keys or more", Probability: 1},
	{Name: "payload-ignored", Title: "A key that is used with another payload gets the first answer.", Source: "Stripe compares parameters, many do not", Class: keyHandling, Needs: otherPayload, Probability: 1},
	{Name: "quantity-not-compared", Title: "A key that is used with another quantity gets the first answer.", Source: "fingerprint over some fields", Class: keyHandling, Needs: "key re-used with another quantity", Probability: 1},
	{Name: "user-not-compared", Title: "A key that another user uses gets the first user's order.", Source: "keys not scoped to the account", Class: wrongCustomer, Needs: "key re-used by another user, with the same product and quantity", Probability: 1},
	{Name: "payload-as-text", Title: "Payloads are compared byte by byte.", Source: "fingerprint of the raw body", Class: keyHandling, Needs: "the same key asked again with members in another order or with other white space", Probability: 1},
	{Name: "reuse-buys", Title: "A key that is used with another payload buys again.", Source: "key and fingerprint as one identity", Class: keyHandling, Needs: otherPayload, Probability: 1},
	{Name: "reuse-poisons-key", Title: "A refused re-use replaces the payload of the key: the first one gets 422 from then on.", Source: "upsert before the comparison", Class: keyHandling, Needs: otherPayload + ", then with the first again", Probability: 1},
	{Name: "stores-5xx", Title: "A 500 is stored under the key and replayed for ever.", Source: "Stripe stores 500 as well; the contract forbids it", Class: keyHandling, Needs: "the same key asked again after 500"},
}

var replayBugs = []Bug{
	{Name: "replay-other-order", Title: "A replay has the order that was replayed before.", Source: "shared buffer; cached answers of other users (ChatGPT, March 2023; Steam, December 2015)", Class: wrongCustomer, Needs: retries, Probability: 0.2},
	{Name: "replay-as-201", Title: "A replay is answered with 201 and not marked.", Source: "answer stored with its status", Class: wrongAnswer, Needs: retries, Probability: 0.2},
	{Name: "replay-current-price", Title: "A replay has an amount of the present price.", Source: "answer built anew instead of stored", Class: wrongAnswer, Needs: retries + ", " + prices, Probability: 1},
	{Name: "replay-fresh-id", Title: "A replay has an order id of its own, which does not exist.", Source: "id made in the constructor", Class: wrongAnswer, Needs: retries, Probability: 0.2},
	{Name: "replay-in-progress", Title: "A key whose purchase is confirmed is answered in_progress for ever.", Source: "lock not released", Class: stuck, Needs: retries, Probability: 0.2},
	{Name: "replay-refused", Title: "A key whose purchase is confirmed is answered out_of_stock.", Source: "unique violation taken for a conflict of stock", Class: wrongAnswer, Needs: retries, Probability: 0.2},
	{Name: "replay-other-code", Title: "A refusal is replayed with the other code.", Source: "only failed is stored, not why", Class: wrongAnswer, Needs: refusalAgain, Probability: 0.2},
	{Name: "replay-refusal-as-200", Title: "A refusal is replayed as a confirmation.", Source: "existence of the key taken for success", Class: wrongAnswer, Needs: refusalAgain, Probability: 0.2},
	{Name: "replay-refusal-as-422", Title: "A refusal is replayed as key_reused.", Source: "used keys may not be used again", Class: wrongAnswer, Needs: refusalAgain, Probability: 0.2},
}

var readBugs = []Bug{
	{Name: "balance-cached", Title: "Balances are read from a cache of 5 s.", Source: "cache without invalidation", Class: wrongReads, Needs: "reads before and after purchases", Probability: 1},
	{Name: "stock-shows-held", Title: "The stock that is shown has the held pieces in it.", Source: "available and on-hand stock mixed up", Class: wrongReads, Needs: "reads during purchases", Probability: 1},
	{Name: "order-repriced", Title: "An order that is read alone has an amount of the present price.", Source: "amount computed by a join", Class: wrongReads, Needs: prices + ", single reads", Probability: 1},
	{Name: "list-hides-cancelled", Title: "The list has no cancelled orders.", Source: "default filter", Class: wrongReads, Needs: aRefusal, Probability: 1},
	{Name: "ledger-hides-refunds", Title: "The ledger is shown without refunds.", Source: "default filter", Class: wrongReads, Needs: refunds, Probability: 1, Steps: ChargeFirst},
	{Name: "ledger-stale", Title: "The ledger is shown as it was 0.5 s ago, which is not declared.", Source: "replication lag", Class: wrongReads, Needs: "reads within 0.5 s", Probability: 1},
	{Name: "list-truncated", Title: "A list ends at the first page that reaches 50 rows.", Source: "result window of a search engine", Class: wrongReads, Needs: "more than 50 rows on several pages", Probability: 1},
	{Name: "page-skips", Title: "Each page after the first leaves out a row.", Source: "off-by-one in pagination", Class: wrongReads, Needs: "several pages", Probability: 1},
	{Name: "page-repeats", Title: "Each page after the first begins with the last row of the one before.", Source: "inclusive cursor", Class: wrongReads, Needs: "several pages", Probability: 1},
}
