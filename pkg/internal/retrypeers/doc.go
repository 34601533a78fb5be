// Package retrypeers holds the named policies of package retry against the libraries that they
// are read from: the standard mode of aws-sdk-go-v2 and the retries of grpc-go. Its tests send
// the same generated operations, whose attempts end in the same ways, through the library and
// through a retry.Client, and compare attempts, waits and why they gave up.
//
// It is a module of its own because the main go.mod is part of every notebook cell that is
// compiled. Two versions of aws-sdk-go-v2 cannot be in one build: go.mod has the version since
// 10 November 2026, before.mod the last one before, with which the same tests hold aws-before
// against it (go test -modfile=before.mod ./...).
package retrypeers
