package purchase

import "testing"

func TestOriginAllowsWhatItNames(t *testing.T) {
	for _, tt := range []struct {
		origin, api string
		want        bool
	}{
		{"shop.example", "https://shop.example", true},
		{"shop.example", "https://SHOP.example:443/path", true},
		{"shop.example", "http://shop.example", false},
		{"shop.example", "https://shop.example:8443", false},
		{"shop.example", "https://shop.example.evil.example", false},
		{"shop.example:8000", "http://shop.example:8000", true},
		{"shop.example:8000", "https://shop.example:8000", true},
		{"shop.example:8000", "http://shop.example:8001", false},
		{"shop.example:443", "http://shop.example:443", false},
		{"shop.example:80", "http://shop.example", true},
		{"shop.example:80", "https://shop.example:80", false},
		{"http://shop.example", "http://shop.example", true},
		{"http://shop.example", "https://shop.example", false},
		{"https://shop.example:8443", "https://shop.example:8443", true},
		{"https://shop.example:8443", "http://shop.example:8443", false},
		{"127.0.0.1:8000", "http://127.0.0.1:8000", true},
		{"127.0.0.1:8000", "http://localhost:8000", false},
		{"[::1]:8000", "http://[::1]:8000", true},
		{"::1", "https://[::1]", true},
		{"127.0.0.1:*", "http://127.0.0.1:8000", true},
		{"127.0.0.1:*", "http://127.0.0.2:8000", false},
		{"https://shop.example:*", "http://shop.example:8000", false},
	} {
		o, err := ParseOrigin(tt.origin)
		if err != nil {
			t.Errorf("ParseOrigin(%q): %v", tt.origin, err)
			continue
		}
		e, err := ParseEndpoint(tt.api, "shop.example", "shop.example.evil.example", "SHOP.example")
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Allows(e); got != tt.want {
			t.Errorf("%s allows %s: %v, want %v", tt.origin, tt.api, got, tt.want)
		}
		if own, err := ParseOrigin(e.Origin()); err != nil || !own.Allows(e) {
			t.Errorf("%s does not allow its own endpoint %s: %v", e.Origin(), e, err)
		}
	}
	for _, bad := range []string{"", " ", "ftp://h", "h:0", "h:70000", "h:", "h/path", "u@h", "http://", "*.example", "a b", "[]:80"} {
		if o, err := ParseOrigin(bad); err == nil {
			t.Errorf("ParseOrigin(%q) = %+v, want an error", bad, o)
		}
	}
	if (Origin{}).Allows(Endpoint{}) {
		t.Error("the zero origin allows something")
	}
}

func TestEndpointsOfAllowedOrigins(t *testing.T) {
	for _, tt := range []struct {
		allowed, api string
		want         bool
	}{
		{"shop.example", "http://shop.example:8000", true}, // the same person names both
		{"shop.example:8000", "http://shop.example:8000", true},
		{"shop.example:8000", "http://shop.example:8001", false},
		{"https://shop.example", "http://shop.example", false},
	} {
		if _, err := ParseEndpoint(tt.api, tt.allowed); (err == nil) != tt.want {
			t.Errorf("ParseEndpoint(%s, %s): %v, want allowed %v", tt.api, tt.allowed, err, tt.want)
		}
	}
}

func FuzzParseOrigin(f *testing.F) {
	for _, seed := range []string{"shop.example", "shop.example:8000", "https://shop.example", "[::1]:80", "::1", "h:0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseOrigin(text)
		if err == nil && o.host == "" {
			t.Errorf("ParseOrigin(%q) has no host", text)
		}
		if e, err := ParseEndpoint("http://127.0.0.1:1"); err == nil && o.Allows(e) && o.host != "127.0.0.1" {
			t.Errorf("%q allows %s", text, e)
		}
	})
}
