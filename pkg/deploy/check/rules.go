package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// grace is how long a command may take to end once it is told to.
var grace = map[string]time.Duration{"serve": 25 * time.Second, "worker": 60 * time.Second}

// ours tells whether an image is the program's.
func ours(image string) bool {
	name, _, _ := strings.Cut(path.Base(image), ":")
	return name == "sagalab" || name == "sagalab-service"
}

// patient refuses less time for ending than a command may take.
func patient(command []string, given time.Duration) error {
	if len(command) == 0 {
		return fmt.Errorf("no command: the image's own is the lab")
	}
	if need := grace[command[0]]; given < need {
		return fmt.Errorf("%s may take %v to end and is killed after %v: allow more", command[0], need, given)
	}
	return nil
}

var (
	secretName = regexp.MustCompile(`(?i)(password|passwd|secret|token|authorization|api_?key)$`)
	inURL      = regexp.MustCompile(`://[^/@\s:]*:[^/@\s]+@`)
	inSQL      = regexp.MustCompile(`(?i)password\s+'([^']*)'`)
)

// literal refuses a secret that is written down in a variable's value.
func literal(name, value string, outside bool) error {
	if secretName.MatchString(name) && value != "" && !outside {
		return fmt.Errorf("%s is a literal secret: take it from outside", name)
	}
	return noPassword(name, value)
}

// noPassword refuses a URL with a password, and a database in reach of others
// without a word on TLS.
func noPassword(name, value string) error {
	if inURL.MatchString(value) {
		return fmt.Errorf("%s has a password in its URL: PGPASSWORD, from outside, can have it", name)
	}
	if strings.HasPrefix(value, "postgres") && strings.Contains(value, "://") && !strings.Contains(value, "sslmode=") {
		return fmt.Errorf("%s does not say whether the connection is encrypted: add sslmode", name)
	}
	return nil
}

var ownVariable = regexp.MustCompile(`\bSAGALAB_[A-Z_]+`)

// unread refuses a variable that no command of the repository reads, itself or in
// package lab.
func unread(root, text string) error {
	var files []string
	for _, dir := range []string{"cmd/sagalab", "lab"} {
		found, err := filepath.Glob(filepath.Join(root, "pkg", filepath.FromSlash(dir), "*.go"))
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	var source strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		source.Write(text)
	}
	for _, name := range ownVariable.FindAllString(text, -1) {
		if !strings.Contains(source.String(), `"`+name) {
			return fmt.Errorf("no command reads %s", name)
		}
	}
	return nil
}
