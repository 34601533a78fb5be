package defect

import "slices"

// The defects that lie between the service and its stock and payments, when these are
// processes of their own. Each keeps all promises as long as no call fails, and breaks one
// when the right call fails, hangs or is delivered twice.
const (
	LostCompensation        Defect = "lost_compensation"
	UnavailableTakenForDone Defect = "unavailable_taken_for_done"
	RetryChargesTwice       Defect = "retry_charges_twice"
	LateCharge              Defect = "late_charge"
	LateReply               Defect = "late_reply"
	RefundTwice             Defect = "refund_twice"
	RetryReservesTwice      Defect = "retry_reserves_twice"
	ReleaseTwice            Defect = "release_twice"
	SellTwice               Defect = "sell_twice"
	SellLostReply           Defect = "sell_lost_reply"
	ReleaseOfAnother        Defect = "release_of_another"
)

// distributed are these defects, in the order of the rules that find them.
var distributed = []Info{
	{Name: RetryReservesTwice, Rule: "C1", Probability: 1, callee: retryReservesTwice,
		Does: "the stock takes a reservation that is repeated for another one, which stays"},
	{Name: ReleaseTwice, Rule: "C1", Probability: 1, callee: releaseTwice,
		Does: "the stock gives pieces back once more when a release is repeated"},
	{Name: SellTwice, Rule: "C1", Probability: 1, callee: sellTwice,
		Does: "the stock sells pieces once more when a sale is repeated"},
	{Name: SellLostReply, Rule: "C1", Probability: 1, caller: sellLostReply,
		Does: "a purchase is cancelled and its charge refunded because its sale was not answered; the pieces may be gone"},
	{Name: RetryChargesTwice, Rule: "C3", Probability: 1, callee: retryChargesTwice,
		Does: "the payments charge once more when a charge is repeated, as after a lost reply"},
	{Name: LostCompensation, Rule: "C3", Probability: 1, GivesUp: true, caller: lostCompensation,
		Does: "a charge that was not answered is taken for refused and not refunded; it may have taken effect"},
	{Name: UnavailableTakenForDone, Rule: "C3", Probability: 1, caller: unavailableTakenForDone,
		Does: "a charge that is answered with 503 is taken for done"},
	{Name: RefundTwice, Rule: "C3", Probability: 1, GivesUp: true, callee: refundTwice,
		Does: "the payments refund once more when a refund is repeated, as after a lost reply"},
	{Name: LateCharge, Rule: "C3", Probability: 1, GivesUp: true, caller: chargeAfterRefund, callee: lateCharge,
		Does: "a charge that was not answered is repeated after its refund, and the payments charge"},
	{Name: LateReply, Rule: "C3", Probability: 1, GivesUp: true, caller: lateReply,
		Does: "a charge that was not answered is repeated when its purchase is cancelled, and the answer, that it was charged once, confirms it"},
	{Name: ReleaseOfAnother, Rule: "T2", Probability: 1, GivesUp: true, callee: releaseOfAnother,
		Does: "a release without a reservation gives pieces back that another purchase has reserved"},
}

// Distributed lists the defects that only a service has whose stock and payments are processes
// of their own, in the order of the rules that find them.
func Distributed() []Info { return slices.Clone(distributed) }
