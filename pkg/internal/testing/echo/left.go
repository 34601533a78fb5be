package echo

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// piece is how many characters of a secret in a row may not be left.
const piece = 8

// Left returns 8 characters in a row, or more, of secret that are in text: as they are,
// in letters of any case, or in what a run of base64, base64url or hexadecimal digits
// decodes to from any of its first characters on. It returns "" when there are none.
func Left(text, secret string) string {
	if p := pieceIn(text, secret); p != "" {
		return p
	}
	for _, alphabet := range []struct {
		more   string
		decode func(string) ([]byte, error)
	}{{"+/", base64.RawStdEncoding.DecodeString}, {"-_", base64.RawURLEncoding.DecodeString}, {"", hex.DecodeString}} {
		runs := strings.FieldsFunc(text, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune(alphabet.more, r) })
		for _, run := range runs {
			for cut := 0; cut < min(4, len(run)); cut++ {
				plain, _ := alphabet.decode(run[cut:]) // as far as it goes
				if p := pieceIn(string(plain), secret); p != "" {
					return p
				}
			}
		}
	}
	return ""
}

func alphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func pieceIn(text, secret string) string {
	text, secret = strings.ToLower(text), strings.ToLower(secret)
	for i := 0; i+piece <= len(secret); i++ {
		if p := secret[i : i+piece]; strings.Contains(text, p) {
			return p
		}
	}
	return ""
}
