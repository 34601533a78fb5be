package main

import (
	"errors"
	"strings"
	"testing"

	"sagalab/pkg/runs"
)

// TestAuditOfStagesOfSeveralAdapters: the state of a service is read in one way, which has to
// be said where the stages of a run differ.
func TestAuditOfStagesOfSeveralAdapters(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	file := func(path string) *runs.AdapterInfo {
		text := "purchase: {send: POST " + path + ", means: [{http: 2xx, is: confirmed}]}\n"
		return &runs.AdapterInfo{Name: "shop.yaml", Contents: text, SHA256: path}
	}
	for _, tt := range []struct {
		stages []*runs.AdapterInfo
		flags  string
		want   string // in the error; "" for an audit
	}{
		{[]*runs.AdapterInfo{nil, nil}, "", ""},
		{[]*runs.AdapterInfo{file("/a"), file("/a")}, "", ""},
		{[]*runs.AdapterInfo{file("/a"), file("/b")}, "", "stage one of the run addressed the service by shop.yaml, stage two by shop.yaml, or by another version of it: give --adapter FILE"},
		{[]*runs.AdapterInfo{file("/a"), nil}, "", "by shop.yaml, stage two by the contract"},
		{[]*runs.AdapterInfo{nil, file("/a")}, "", "by the contract, stage two by shop.yaml"},
		{[]*runs.AdapterInfo{file("/a"), file("/b")}, "--adapter " + fileWith(t, file("/b").Contents), ""},
	} {
		run, err := store.Create("load", "http://127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		for i, info := range tt.stages {
			w, err := run.Begin(runs.Info{Stage: []string{"one", "two"}[i], Kind: runs.Load, API: run.API, Requests: 1, VUs: 1, Adapter: info})
			if err = errors.Join(err, w.Append([]runs.Record{{}}), w.Finish(runs.Complete, "")); err != nil {
				t.Fatal(err)
			}
		}
		_, _, code, err := invoke(t, strings.Fields("audit "+run.ID+" "+tt.flags)...)
		if refused := code == 3; refused != (tt.want != "") || refused && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v %s: ended with %d, %v; want %q", tt.stages, tt.flags, code, err, tt.want)
		}
	}
}
