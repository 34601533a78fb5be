package redact

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// Secrets is a list of values that must not be seen. The zero value is empty.
type Secrets struct{ list []secret }

// secret is one value.
type secret struct {
	value []byte
	whole bool // only the whole value is a secret, such as a scheme with its token
	der   bool // is a key's DER form: its encodings are searched for, not its bytes
}

func (s *Secrets) add(value string, whole bool) {
	if value = strings.TrimSpace(value); len(value) >= MinSecret {
		s.list = append(s.list, secret{value: []byte(value), whole: whole})
	}
}

// AddHeader adds the values of a request's header, except those of Accept,
// Accept-Language, Content-Type, Lab-Run and User-Agent.
func (s *Secrets) AddHeader(header http.Header) {
	for name, values := range header {
		switch http.CanonicalHeaderKey(name) {
		case "Accept", "Accept-Language", "Content-Type", "Lab-Run", "User-Agent":
			continue
		}
		for _, v := range values {
			s.AddCredentials(v)
		}
	}
}

// AddCredentials adds the value of a header: as a whole, without its scheme, and the
// parts of a Basic user and password and of cookies.
func (s *Secrets) AddCredentials(value string) {
	value = strings.TrimSpace(value)
	scheme, rest, found := strings.Cut(value, " ")
	if !found {
		s.add(value, false)
		return
	}
	rest = strings.TrimSpace(rest)
	s.add(value, true)
	if strings.ContainsAny(rest, "=") && strings.ContainsAny(value, ",;") { // parameters, or cookies
		for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' }) {
			_, v, _ := strings.Cut(part, "=")
			if v = strings.Trim(strings.TrimSpace(v), `"`); len(v) >= minEdge {
				s.add(v, false)
			}
		}
		return
	}
	s.add(rest, false)
	if strings.EqualFold(scheme, "Basic") {
		s.addBasic(rest)
	}
}

// addBasic adds user and password of the credentials of a Basic scheme.
func (s *Secrets) addBasic(encoded string) {
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		if plain, err = base64.RawStdEncoding.DecodeString(encoded); err != nil {
			return
		}
	}
	s.add(string(plain), true)
	_, password, _ := strings.Cut(string(plain), ":")
	s.add(password, false)
}

// AddDatabase adds the password of a database's address: a URL, or keywords with their
// values such as password=….
func (s *Secrets) AddDatabase(address string) {
	for _, m := range passwordKeyword.FindAllStringSubmatch(address, -1) {
		s.add(strings.Trim(m[1], "'"), false)
	}
	u, err := url.Parse(address)
	if err != nil {
		if _, rest, ok := strings.Cut(address, "://"); ok {
			if at := strings.LastIndex(rest, "@"); at > 0 {
				_, password, _ := strings.Cut(rest[:at], ":")
				s.add(password, false)
			}
		}
		return
	}
	password, _ := u.User.Password()
	s.add(password, false)
	if _, raw, ok := strings.Cut(u.User.String(), ":"); ok && raw != password {
		s.add(raw, false)
	}
	for _, name := range []string{"password", "sslpassword"} {
		s.add(u.Query().Get(name), false)
	}
}

var passwordKeyword = regexp.MustCompile(`(?i)\bpassword\s*=\s*('[^']*'|[^\s'&]+)`)

// AddTLS adds the private keys of the client certificates.
func (s *Secrets) AddTLS(config *tls.Config) {
	if config == nil {
		return
	}
	for _, c := range config.Certificates {
		s.addKey(c.PrivateKey)
	}
}

// addKey adds a private key in the forms in which files hold it.
func (s *Secrets) addKey(key crypto.PrivateKey) {
	if der, err := x509.MarshalPKCS8PrivateKey(key); err == nil { // the PKCS #1 form of an RSA key is a part of it
		s.list = append(s.list, secret{value: der, der: true})
	}
	if ec, ok := key.(*ecdsa.PrivateKey); ok {
		if der, err := x509.MarshalECPrivateKey(ec); err == nil {
			s.list = append(s.list, secret{value: der, der: true})
		}
	}
}

// AddKeyFile adds the private keys of a PEM file. A file that cannot be read has none.
func (s *Secrets) AddKeyFile(path string) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			s.list = append(s.list, secret{value: block.Bytes, der: true})
		}
	}
}

// addVariable adds the secret that an environment variable holds.
func (s *Secrets) addVariable(name, value string) {
	switch name {
	case "SAGALAB_AUTHORIZATION":
		s.AddCredentials(value)
	case "PGPASSWORD":
		s.add(value, false)
	case "SAGALAB_DB", "SAGALAB_FLEET":
		s.AddDatabase(value)
	case "SAGALAB_KEY":
		s.AddKeyFile(value)
	default: // adapterPrefix
		s.AddCredentials(value)
	}
}

// addSecret adds the patterns of a secret: as it is, in base64 and base64url at the
// three alignments, and in hexadecimal.
func (r *Redactor) addSecret(s secret) {
	if !s.der {
		r.addForm(s, s.value)
		if raw := visibleOnly(s.value); !bytes.Equal(raw, s.value) {
			r.addForm(s, raw)
			r.addForm(s, bytes.ReplaceAll(s.value, []byte(" "), []byte("+"))) // in a form or a query
		}
	}
	encoded := encodings(s.value)
	for _, e := range encoded {
		r.addEncoded(s, e)
	}
	switch { // encoded twice
	case s.der:
		encoded = encoded[:1] // as PEM has it, again
	case len(s.value) > maxTwice:
		return
	}
	for _, e := range encoded {
		for _, twice := range encodings(e) {
			r.addEncoded(s, twice)
		}
	}
}

// maxTwice is the longest secret, in bytes, that is searched for encoded twice.
const maxTwice = 256

func (r *Redactor) addForm(s secret, text []byte) {
	r.add(pattern{text: fold(text), whole: s.whole, short: len(text) < minEdge})
}

func (r *Redactor) addEncoded(s secret, text []byte) {
	if len(text) >= minForm {
		r.add(pattern{text: fold(text), whole: s.whole})
	}
}

// encodings returns b in base64 and base64url at the three alignments that it can have
// in a longer text, without the characters that depend on what is around it, and in
// hexadecimal.
func encodings(b []byte) (list [][]byte) {
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			padded := append(make([]byte, before, before+len(b)), b...)
			text := e.AppendEncode(nil, padded)
			list = append(list, text[(before*8+5)/6:len(padded)*8/6])
		}
	}
	digits := hex.AppendEncode(nil, b)
	list = append(list, digits)
	for _, separator := range []byte(": ") {
		var separated []byte
		for i := 0; i < len(digits); i += 2 {
			separated = append(separated, digits[i], digits[i+1], separator)
		}
		list = append(list, separated[:max(0, len(separated)-1)])
	}
	return list
}

// fold returns a copy of b with small letters. It makes a few other characters equal,
// too, such as _ and DEL, in patterns and in texts alike.
func fold(b []byte) []byte {
	folded := make([]byte, len(b))
	for i, c := range b {
		folded[i] = c | 0x20
	}
	return folded
}

// visibleOnly returns b without spaces, control characters, and bytes beyond ASCII.
func visibleOnly(b []byte) []byte {
	var out []byte
	for _, c := range b {
		if visible(c) {
			out = append(out, c)
		}
	}
	return out
}

// visible reports whether c is an ASCII character that shows.
func visible(c byte) bool { return c > ' ' && c < 0x7f }
