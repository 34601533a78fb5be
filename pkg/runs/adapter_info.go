package runs

import (
	"crypto/sha256"
	"fmt"

	"sagalab/pkg/purchase"
)

// AdapterInfo describes how a service was asked that does not implement the contract.
type AdapterInfo struct {
	// Name is the file's, or the Go type's.
	Name string `json:"name"`
	// Contents is the file, and SHA256 its hash in hexadecimal; both are "" for a Go type.
	// The file has no secrets: it names the environment variables that have them.
	Contents string `json:"contents,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
}

// AdapterInfoOf describes an adapter, nil for the contract.
func AdapterInfoOf(a purchase.Adapter) *AdapterInfo {
	if _, contract := purchase.ContractOf(a); contract {
		return nil
	}
	if file, ok := a.(purchase.PortableAdapter); ok {
		text := file.Contents()
		return &AdapterInfo{Name: purchase.NameOf(a), Contents: text, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(text)))}
	}
	return &AdapterInfo{Name: purchase.NameOf(a)}
}
