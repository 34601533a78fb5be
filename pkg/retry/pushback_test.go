package retry

import (
	"net/http"
	"testing"
	"time"
)

// Whatever the headers, the wait is between what the policy allows, and no header of one kind
// has an effect on the other.
func FuzzPushback(f *testing.F) {
	for _, value := range []string{"", "0", "7", "-1", "+5", "1e3", "2147483648", "9223372036854775807", " 1", "soon"} {
		f.Add(value, int64(time.Second))
	}
	f.Fuzz(func(t *testing.T, value string, backoff int64) {
		wait := time.Duration(backoff)
		if wait < 0 || wait > 24*time.Hour {
			return
		}
		h := http.Header{grpcPushbackHeader: {value}, awsPushbackHeader: {value}}
		if other, asked, refused := (Policy{}).pushback(h, wait); other != wait || asked || refused {
			t.Errorf("%q without pushback: %v, %t, %t", value, other, asked, refused)
		}
		other, asked, refused := Policy{Pushback: GRPCPushback}.pushback(h, wait)
		if asked == refused || refused && other != wait || other < 0 || asked && other > defaultMaxRetryAfter {
			t.Errorf("gRPC's pushback of %q for %v: %v, %t, %t", value, wait, other, asked, refused)
		}
		other, asked, refused = Policy{Pushback: AWSPushback}.pushback(h, wait)
		if refused || other < wait || other > wait+maxAWSPushback || !asked && other != wait {
			t.Errorf("AWS's pushback of %q for %v: %v, %t, %t", value, wait, other, asked, refused)
		}
	})
}
