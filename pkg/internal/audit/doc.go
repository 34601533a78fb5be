// Package audit judges whether a purchase service kept its promises: from the
// recorded history alone, better with the state that the service shows after the
// load, best with the traces of its sagas. Judge is pure: it reads no clock, asks
// no service and prints nothing. SecondOpinion is a search that ends when its time
// is up.
//
// # Words
//
// An attempt is one request. Its end is its start plus its latency. It ends
// confirmed (2xx), refused (4xx that is a definite no) or unclear: a timeout, a
// connection that broke after the request was written, 5xx, or a 4xx that says
// nothing of the purchase (still in progress, too many requests). Unclear is
// never counted as refused: the purchase may have taken effect, until the state
// says otherwise.
//
// A purchase here is all attempts that carried one idempotency key and one
// payload, in whatever operations and stages of the run they were sent: when a
// client takes a new key for every attempt, each attempt is a purchase of its own.
//
// # Intervals
//
// A purchase's interval runs from c, when its first attempt was sent, to r, when
// its answer had been read. Whatever the service did for it, it did within
// [c, r]; without a definite answer r is infinite. One purchase came before
// another only when r < c; otherwise the two overlap, equal times included, and
// either order is possible. So of a refusal one knows for sure only this:
//
//	what a confirmed purchase with r < c(refusal) took, was gone;
//	what any other confirmed or unclear purchase with c ≤ r(refusal) took,
//	may have been gone;
//	what a refused purchase that overlaps took, may have been held for a
//	while and given back.
//
// A rule raises an alarm only if no order of effects explains what was seen.
//
// Times of one stage are consistent, whatever somebody did to the clock. Stages
// have to be given in the order in which they were executed; when their times
// contradict that order, the clock was set in between, and rules that compare
// times answer unknown.
package audit
