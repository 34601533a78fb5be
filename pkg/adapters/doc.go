// Package adapters reads an adapter from a file in YAML: how a service is asked for a
// purchase, in one request or in steps, what its answers mean, what is asked after one that is
// pending, and which of its state can be read. Example returns one
// with comments. A File is a purchase.Adapter that another process can make again from its
// contents and from the variables that it was started with.
package adapters
