// Package httpio parses the requests and writes the answers of the reference service.
package httpio
