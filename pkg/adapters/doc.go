// Package adapters reads an adapter from a file in YAML: how a service is asked for a
// purchase, what its answers mean, and which of its state can be read. Example returns one
// with comments. A File is a purchase.Adapter that another process can make again from its
// contents and from the variables that it was started with.
package adapters
