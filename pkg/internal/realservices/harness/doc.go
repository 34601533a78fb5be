// Package harness installs and runs the services that tests of this module start.
package harness
