// Package assess is how tests of this module buy from a service through an adapter's file: cases, loads with faults, an audit.
package assess
