package purchase

import (
	"context"
	"strings"
	"unicode"
)

// Version is a service's answer to GET /version. The zero value stands for a service
// that does not answer it.
type Version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// String returns name and version, "" for the zero value.
func (v Version) String() string { return strings.TrimSpace(v.Name + " " + v.Version) }

// Version reads what the service is, such as by GET /version, which it need not have: the
// error then states its answer. Both texts are cut to 100 characters, without what
// does not print.
func (c *Client) Version(ctx context.Context) (v Version, err error) {
	defer c.ended("Version", &err)
	a, ok := c.adapter.(VersionReader)
	if !ok {
		return v, notRead(c.adapter, "the version")
	}
	v, err = a.Version(c.service(ctx))
	return Version{firstPrintable(v.Name), firstPrintable(v.Version)}, err
}

// firstPrintable returns the first 100 printable characters of text.
func firstPrintable(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
	if runes := []rune(clean); len(runes) > 100 {
		clean = string(runes[:100])
	}
	return strings.TrimSpace(clean)
}
