package observe

import (
	"errors"
	"fmt"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// recordFailure notes that a call failed, or that the service does not offer it.
func recordFailure(c *purchase.Client, s *audit.State, call audit.Call, err error) {
	if err == nil {
		return
	}
	if isNotOffered(err) {
		s.NotOffered = append(s.NotOffered, call)
	} else {
		s.Failed[call] = err.Error()
	}
	if _, contract := purchase.ContractOf(c.Adapter()); contract {
		return
	}
	if s.Unread == nil {
		s.Unread = map[audit.Call]string{}
	}
	s.Unread[call] = whyUnread(c.Adapter(), call, err)
}

// readByCall is what is read by each call, for services of which the calls are other ones.
var readByCall = map[audit.Call]string{
	audit.OrdersCall: "the orders", audit.OrderCall: "single orders", audit.ProductsCall: "the stock", audit.UsersCall: "the balances", audit.LedgerCall: "the ledger",
}

// whyUnread says why what an adapter reads in place of a call of the contract was not read.
func whyUnread(a purchase.Adapter, call audit.Call, err error) string {
	if errors.Is(err, purchase.ErrNotRead) {
		return fmt.Sprintf("the adapter %s does not read %s", purchase.NameOf(a), readByCall[call])
	}
	return fmt.Sprintf("%s could not be read: %v", readByCall[call], err)
}
