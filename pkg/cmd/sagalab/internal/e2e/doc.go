// Package e2e has what the end-to-end tests of the command line share: they build the sagalab executable, run it as a person
// would, and check what it leaves. The tests are in pkg/cmd/sagalab and in the packages below pkg/cmd/sagalab/e2e, divided so
// that the go command runs them beside one another and none takes more than four minutes.
package e2e
