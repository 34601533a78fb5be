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

// grace is how long a command may take to end after SIGTERM.
var grace = map[string]time.Duration{"serve": 25 * time.Second, "worker": 60 * time.Second}

// ours reports whether an image contains sagalab.
func ours(image string) bool {
	name, _, _ := strings.Cut(path.Base(image), ":")
	return name == "sagalab" || name == "sagalab-service"
}

// checkGrace refuses less time before SIGKILL than a command may take to end.
func checkGrace(command []string, given time.Duration) error {
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

// checkSecret refuses a secret that is written in a variable's value; fromOutside says that the value comes from the environment.
func checkSecret(name, value string, fromOutside bool) error {
	if secretName.MatchString(name) && value != "" && !fromOutside {
		return fmt.Errorf("%s is a literal secret: take it from the environment", name)
	}
	return checkURL(name, value)
}

// checkURL refuses a URL with a password, and one of a database without sslmode.
func checkURL(name, value string) error {
	if inURL.MatchString(value) {
		return fmt.Errorf("%s has a password in its URL: use PGPASSWORD, from the environment", name)
	}
	if strings.HasPrefix(value, "postgres") && strings.Contains(value, "://") && !strings.Contains(value, "sslmode=") {
		return fmt.Errorf("%s does not say whether the connection is encrypted: add sslmode", name)
	}
	return nil
}

var ownVariable = regexp.MustCompile(`\bSAGALAB_[A-Z_]+`)

// checkVariables refuses a variable SAGALAB_… that no command reads, in package cmd/sagalab or in internal/jupyter.
func checkVariables(root, text string) error {
	var files []string
	for _, dir := range []string{"cmd/sagalab", "internal/jupyter"} {
		found, err := filepath.Glob(filepath.Join(root, "pkg", filepath.FromSlash(dir), "*.go"))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("pkg/%s has no Go files to look for variables in", dir)
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
