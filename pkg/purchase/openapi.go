package purchase

import _ "embed"

// OpenAPI is the contract as an OpenAPI 3.0.3 document in YAML, for services and
// clients in other languages. Do not change the bytes.
//
//go:embed openapi.yaml
var OpenAPI []byte
