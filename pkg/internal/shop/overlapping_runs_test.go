package shop_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// overlapping starts a stage in a run at an endpoint. Once its purchases
// come, another run of the same directory applies a fixture there. It returns both
// runs, and how that ended.
func (s *stand) overlapping(e purchase.Endpoint) (under, setter runs.Run, err error) {
	s.t.Helper()
	under, err1 := s.store.Create("under way", e.String())
	setter, err2 := s.store.Create("setter", e.String())
	client, release, err3 := observe.NewClient(e, nil, retry.Config{})
	if err := errors.Join(err1, err2, err3); err != nil {
		s.t.Fatal(err)
	}
	defer release()
	if _, err := observe.ApplyFixture(s.t.Context(), client, under, "first", purchase.Plenty()); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		stage, err := load.ParseStage("steady:50/s@6s,cap=8")
		if err != nil {
			ended <- err
			return
		}
		_, err = runner.Load{Stage: stage, Buyers: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}}.
			Run(s.t.Context(), under, runner.Target{Endpoint: e, Config: retry.Config{Policy: patient()}, Seed: 1}, nil)
		ended <- err
	}()
	for {
		page, err := client.Orders(s.t.Context(), "", 10)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(page.Orders) >= 3 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, err = observe.ApplyFixture(s.t.Context(), client, setter, "other", purchase.Plenty())
	if err := <-ended; err != nil {
		s.t.Error(err)
	}
	return under, setter, err
}

// TestALoadIsNotDisturbed by the fixture of another run at the reference service, and
// the other run's error says what to do.
func TestALoadIsNotDisturbed(t *testing.T) {
	t.Parallel()
	s := newStand(t, shop.Config{Lab: true})
	under, _, err := s.overlapping(s.endpoint)
	if !errors.Is(err, purchase.ErrBusy) || !strings.Contains(err.Error(), "wait until it has ended") {
		t.Errorf("a fixture beside a run: got %v, want purchase.ErrBusy with what to do", err)
	}
	s.rest(nil)
	e := s.evidence(under, time.Second)
	if report := audit.Judge(e, audit.Options{}); len(e.Notes) > 0 || len(violated(report)) > 0 {
		t.Errorf("the run beside a refused fixture: got\n%s\nwant no violation and no note of the evidence", report)
	}
}

// TestForeignFixturesAreRecorded in both runs, at a service that does not know runs: as
// a warning of the stage and as a note of the audit.
func TestForeignFixturesAreRecorded(t *testing.T) {
	t.Parallel()
	s := newStand(t, shop.Config{Lab: true})
	target, err := url.Parse(s.endpoint.String())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del(purchase.RunHeader)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(plain.Close)
	e, err := purchase.ParseEndpoint(plain.URL)
	if err != nil {
		t.Fatal(err)
	}
	under, setter, err := s.overlapping(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []runs.Run{under, setter} {
		found, err := observe.ForeignFixtures(run, run.Created)
		if err != nil || len(found) != 1 || found[0].By != setter.ID || found[0].During != under.ID || found[0].Stage != "steady" || found[0].Name != "other" {
			t.Errorf("run %s: got foreign fixtures %+v, %v, want that of %s during %s", run.Name, found, err, setter.ID, under.ID)
		}
	}
	stages, err := under.Stages()
	if err != nil {
		t.Fatal(err)
	}
	if w := strings.Join(stages[0].Warnings, "\n"); !strings.Contains(w, setter.ID) {
		t.Errorf("warnings of the stage: got %q, want that %s applied a fixture", w, setter.ID)
	}
	evidence, err := observe.CollectEvidence(t.Context(), s.client, under, time.Second, false)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Join(audit.Judge(evidence, audit.Options{}).Notes, "\n"); !strings.Contains(n, setter.ID) {
		t.Errorf("notes of the audit: got %q, want that %s applied a fixture", n, setter.ID)
	}
}
