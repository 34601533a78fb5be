package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/purchase"
)

// fixtures are the fixtures that --fixture knows by name.
var fixtures = map[string]func() purchase.Fixture{"cases": purchase.Cases, "plenty": purchase.Plenty}

// fixtureNames lists the known fixtures for --help and messages: "cases, plenty, plenty:USERSxPRODUCTS".
func fixtureNames() string {
	return strings.Join(slices.Sorted(maps.Keys(fixtures)), ", ") + ", " + plentyPrefix + "USERSxPRODUCTS"
}

// inputBytesMax bounds a file that a flag names, as the service bounds the body of PUT /lab/scenario.
const inputBytesMax = 1 << 20

// fixtureOf returns the fixture that --fixture asks for, and the name that the run records for it: the name of a known
// fixture, or the base name of a file. Both are zero for "".
func fixtureOf(flag string) (name string, fixture *purchase.Fixture, err error) {
	if flag == "" {
		return "", nil, nil
	}
	if known, ok := fixtures[flag]; ok {
		f := known()
		return flag, &f, nil
	}
	if size, is := strings.CutPrefix(flag, plentyPrefix); is {
		f, err := parsePlenty(size)
		if err != nil {
			return "", nil, fmt.Errorf("--fixture %s: %w", flag, err)
		}
		return flag, &f, nil
	}
	text, err := readInput(flag)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("--fixture %q: want one of %s, or a JSON file, and there is no such file", flag, fixtureNames())
	}
	if err != nil {
		return "", nil, fmt.Errorf("--fixture %s: %w", flag, err)
	}
	f, err := parseFixture(text)
	if err != nil {
		return "", nil, fmt.Errorf("--fixture %s: %w", flag, err)
	}
	return filepath.Base(flag), &f, nil
}

// readInput reads a regular file of at most inputBytesMax bytes. It does not open anything else: opening a named pipe
// waits until another process writes to it.
func readInput(path string) ([]byte, error) {
	if err := checkRegular(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, inputBytesMax+1))
	if err == nil && len(text) > inputBytesMax {
		err = fmt.Errorf("it has more than %d bytes", inputBytesMax)
	}
	return text, err
}

// checkRegular returns an error when path is no regular file, or is not there.
func checkRegular(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a directory, want a file")
	case !info.Mode().IsRegular():
		return errors.New("it is a pipe, a socket or a device, want a regular file")
	}
	return nil
}

// fixtureMembers are the names that the JSON of a fixture may have, as in the body of PUT /lab/scenario.
var fixtureMembers = []string{"users", "user_id", "balance", "products", "product_id", "price", "stock"}

// parseFixture reads a fixture as PUT /lab/scenario has it, and validates it. Members that are unknown, missing, doubled or
// in the wrong case are errors, as is anything after the JSON object.
func parseFixture(text []byte) (purchase.Fixture, error) {
	var raw struct {
		Users *[]struct {
			UserID  *purchase.ID `json:"user_id"`
			Balance *int64       `json:"balance"`
		} `json:"users"`
		Products *[]struct {
			ProductID *purchase.ID `json:"product_id"`
			Price     *int64       `json:"price"`
			Stock     *int64       `json:"stock"`
		} `json:"products"`
	}
	if err := checkMembers(text, fixtureMembers); err != nil {
		return purchase.Fixture{}, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return purchase.Fixture{}, fmt.Errorf("it is not a fixture: %w", err)
	}
	var missing missingMembers
	var f purchase.Fixture
	for i, u := range *orMissing(raw.Users, &missing, "users") {
		at := fmt.Sprintf("users[%d].", i)
		f.Users = append(f.Users, purchase.FixtureUser{UserID: *orMissing(u.UserID, &missing, at+"user_id"), Balance: *orMissing(u.Balance, &missing, at+"balance")})
	}
	for i, p := range *orMissing(raw.Products, &missing, "products") {
		at := fmt.Sprintf("products[%d].", i)
		f.Products = append(f.Products, purchase.FixtureProduct{ProductID: *orMissing(p.ProductID, &missing, at+"product_id"),
			Price: *orMissing(p.Price, &missing, at+"price"), Stock: *orMissing(p.Stock, &missing, at+"stock")})
	}
	if len(missing) > 0 {
		return purchase.Fixture{}, fmt.Errorf("missing: %s", strings.Join(missing[:min(len(missing), 10)], ", "))
	}
	return f, f.Validate()
}

// missingMembers are the paths of members that a JSON text lacks.
type missingMembers []string

// orMissing returns v, or when that is nil notes the path and returns a zero value.
func orMissing[T any](v *T, missing *missingMembers, path string) *T {
	if v == nil {
		*missing = append(*missing, path)
		v = new(T)
	}
	return v
}

// checkMembers refuses a text that is not one JSON object in UTF-8, and objects in it with a member twice or one that is
// not among known: package json would take the last of two, and ignore the case.
func checkMembers(text []byte, known []string) error {
	if !utf8.Valid(text) {
		return errors.New("it is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		return errors.New("it is not a JSON object")
	}
	if err := checkValue(d, known, nestingMax); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON ends too early")
		}
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows after the JSON object")
	}
	return nil
}

// nestingMax bounds how deep objects and lists are nested; a fixture has three levels.
const nestingMax = 8

// checkValue reads one JSON value from d and checks the members of the objects in it, at most depth levels deep.
func checkValue(d *json.Decoder, known []string, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	opening, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == 0 {
		return fmt.Errorf("objects and lists are nested more than %d deep", nestingMax)
	}
	seen := map[string]bool{}
	for d.More() {
		if opening == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			switch {
			case !slices.Contains(known, name):
				return fmt.Errorf("member %.40q is unknown, want %s", name, strings.Join(known, ", "))
			case seen[name]:
				return fmt.Errorf("member %q is there twice in one object", name)
			}
			seen[name] = true
		}
		if err := checkValue(d, known, depth-1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
