package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The newest version of each file's format, which is the one that is written. All
// older ones are read. A file without a version is of version 0: versions were
// introduced with 1, which differs in nothing else. Version 2 has checksums. In version 3
// of the journal attempts have a Meaning, and what their answers name; in version 4 ids may
// be texts; in version 5 purchases have steps and polls.
//
// A version is raised when a program that knows only the one before would
// misunderstand the file. A new field that such a program may ignore needs none.
const (
	runVersion     = 2 // run.json
	stageVersion   = 3 // stage.json and the two tables beside it; 2 unless purchases have other requests than attempts at one step
	journalVersion = 5 // records.bin and the file of an Outbox
)

// version returns the version of a stage's files: a program that knows versions up to 2 takes
// steps that are done for purchases that are confirmed, and polls for attempts.
func (i *Info) version() int {
	if i.Steps != nil || i.OtherRequests {
		return stageVersion
	}
	return 2
}

// VersionError is the error for a file in a format that is newer than this program.
type VersionError struct {
	File    string // its base name, such as "stage.json"
	Version int    // the version that it has
	Known   int    // the newest version that this program reads
}

// Error names the file and both versions, and says what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("%s has format version %d, and this sagalab reads versions up to %d: use a newer sagalab", e.File, e.Version, e.Known)
}

// checkVersion returns a *VersionError for a version above known.
func checkVersion(file string, version, known int) error {
	if version > known {
		return &VersionError{file, version, known}
	}
	return nil
}

// versioned is what run.json and stage.json begin with, beside the fields of a Run or
// an Info. It is in the files alone: what prints a Run or an Info has no use for it.
type versioned struct {
	FormatVersion int `json:"format_version"`
	// Checksum is the CRC-32C of the file in 8 hexadecimal digits, for which it has zeros
	// instead of them. Files of versions 0 and 1 have none.
	Checksum string `json:"checksum"`
}

// summed is what run.json and stage.json end with: a file that lost its beginning, with
// version and checksum, is not taken for one of version 0.
type summed struct {
	Summed bool `json:"checksummed"`
}

// summedMember is the name of Summed's member.
const summedMember = `checksummed"`

// checkJSONVersion returns an error when the text of a JSON file has another checksum
// than it says, a version above known, or one that is no number.
func checkJSONVersion(file string, text []byte, known int) error {
	found, err := checkJSONChecksum(text)
	if err != nil {
		return &DamageError{File: file, Why: err.Error()}
	}
	var v versioned
	if err := json.Unmarshal(text, &v); err != nil {
		return &DamageError{File: file, Why: err.Error()}
	}
	if !found && (v.FormatVersion == 2 || bytes.Contains(text, []byte(summedMember))) {
		return &DamageError{File: file, Why: "its checksum is missing"}
	}
	return checkVersion(file, v.FormatVersion, known)
}
