package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

// TestFiles checks the files as they are.
func TestFiles(t *testing.T) {
	commands, err := checkAll(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(commands) != 8 {
		t.Errorf("%d command lines %q, want 8: 4 of compose, 2 and 1 of Kubernetes, 1 of the Dockerfile", len(commands), commands)
	}
}

// read returns the text of a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// change is an edit of a file, and what the error must say of it.
type change struct{ old, new, want string }

// refuse makes each change alone, in the first text that contains change.old, and wants check to refuse the result.
func refuse(t *testing.T, texts []string, check func(string) error, changes map[string]change) {
	t.Helper()
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			done := false
			for _, text := range texts {
				if !strings.Contains(text, c.old) {
					continue
				}
				done = true
				if err := check(strings.Replace(text, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%q for %q gave %v, want an error with %q", c.new, c.old, err, c.want)
				} else {
					t.Log(err)
				}
				break
			}
			if !done {
				t.Errorf("no file has %q", c.old)
			}
		})
	}
}

func TestComposeRefusals(t *testing.T) {
	check := func(text string) error { _, err := compose(t.Context(), text); return err }
	refuse(t, []string{read(t, "pkg/deploy/compose.yaml")}, check, map[string]change{
		"misspelt key":        {"stop_grace_period: 75s", "stop_grace_perod: 75s", "services.worker.stop_grace_perod"},
		"wrong type":          {"retries: 30", "retries: [30]", "retries"},
		"not a duration":      {"stop_grace_period: 75s", "stop_grace_period: long", "duration"},
		"unknown dependency":  {"{db: {condition", "{bd: {condition", `undefined service "bd"`},
		"unknown config":      {"{source: roles,", "{source: rules,", "undefined config rules"},
		"unknown volume":      {`"data:/var`, `"date:/var`, "undefined volume date"},
		"broken YAML":         {"services:", "services", "yaml"},
		"literal password":    {"${FLEET_PASSWORD:?}", "hunter2", "PGPASSWORD is a literal secret"},
		"password as default": {"${SERVICE_PASSWORD:?}", "${SERVICE_PASSWORD:-hunter2}", "SERVICE_PASSWORD is a literal secret"},
		"half a password":     {"${SERVICE_PASSWORD:?}", "${SERVICE_PASSWORD:?}hunter2", "PGPASSWORD is a literal secret"},
		"password in SQL":     {"'${FLEET_PASSWORD:?}'", "'hunter2'", "literal secret"},
		"password in a URL":   {"sagalab_fleet@db", "sagalab_fleet:hunter2@db", "password in its URL"},
		"no sslmode":          {"?sslmode=disable", "", "add sslmode"},
		"port on all":         {`"127.0.0.1:8001:8000"`, `"8001:8000"`, "which other machines reach"},
		"port on 0.0.0.0":     {`"127.0.0.1:8001:8000"`, `"0.0.0.0:8001:8000"`, "which other machines reach"},
		"killed too early":    {"stop_grace_period: 75s", "stop_grace_period: 30s", "worker may take 1m0s"},
		"killed by default":   {"stop_grace_period: 35s", "labels: {}", "serve may take 25s"},
		"writable image":      {"read_only: true", "read_only: false", "read_only"},
	})
}

func TestKubernetesRefusals(t *testing.T) {
	check := func(text string) error { _, err := kubernetes(text); return err }
	refuse(t, []string{read(t, "pkg/deploy/kubernetes-worker.yaml"), read(t, "pkg/deploy/kubernetes-service.yaml")}, check, map[string]change{
		"misspelt key":         {"terminationGracePeriodSeconds: 75", "terminationGracePeriod: 75", `unknown field "spec.template.spec.terminationGracePeriod"`},
		"key of another case":  {"replicas: 4", "Replicas: 4", `unknown field "spec.Replicas"`},
		"key twice":            {"replicas: 4", "replicas: 4\n  replicas: 5", `"replicas" already set`},
		"wrong type":           {"replicas: 4", "replicas: four", "cannot unmarshal string"},
		"number for a text":    {`value: "postgres://sagalab_fleet@db.example/sagalab?sslmode=verify-full&sslrootcert=/ca/ca.crt"`, "value: 5", "cannot unmarshal number"},
		"not a quantity":       {"sizeLimit: 2Gi", "sizeLimit: 2Gigs", "quantities must match"},
		"unknown kind":         {"kind: Deployment", "kind: Deploiment", `no kind "Deploiment"`},
		"unknown version":      {"apiVersion: batch/v1", "apiVersion: batch/v3", "no kind"},
		"literal secret":       {"- {name: SAGALAB_FLEET", "- {name: PGPASSWORD, value: hunter2}\n            - {name: SAGALAB_FLEET", "PGPASSWORD is a literal secret"},
		"password in a URL":    {"sagalab_fleet@db", "sagalab_fleet:hunter2@db", "password in its URL"},
		"a Secret":             {"apiVersion: apps/v1", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n---\napiVersion: apps/v1", "secret that is written down"},
		"unverified TLS":       {"sslmode=verify-full", "sslmode=require", "want sslmode=verify-full"},
		"port on the node":     {"containerPort: 8000}", "containerPort: 8000, hostPort: 8000}", "leave hostPort out"},
		"port on all nodes":    {"selector: {app: sagalab}\n", "type: NodePort\n  selector: {app: sagalab}\n", "publishes a port on all nodes"},
		"root":                 {"runAsNonRoot: true", "runAsNonRoot: false", "may run as root"},
		"writable image":       {"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "want readOnlyRootFilesystem"},
		"a token":              {"automountServiceAccountToken: false", "automountServiceAccountToken: true", "token for the cluster"},
		"killed too early":     {"terminationGracePeriodSeconds: 75", "terminationGracePeriodSeconds: 30", "worker may take 1m0s"},
		"no limits":            {", limits: {memory: 1Gi}", "", "a limit of memory"},
		"other pods' selector": {"selector: {matchLabels: {app: sagalab-worker}}", "selector: {matchLabels: {app: worker}}", "does not match"},
		"service without pods": {"selector: {app: sagalab}\n", "selector: {app: shop}\n", "no pods here have"},
		"port of no container": {"targetPort: http", "targetPort: web", "no container has the port web"},
		"mount without volume": {"{name: outbox, mountPath", "{name: inbox, mountPath", "it mounts"},
	})
}

func TestDockerfileRefusals(t *testing.T) {
	check := func(text string) error { _, err := dockerfile(root, text); return err }
	refuse(t, []string{read(t, "Dockerfile")}, check, map[string]change{
		"unknown instruction": {"EXPOSE 8000", "EXPOES 8000", "unknown instruction"},
		"unknown flag":        {"COPY --chown=lab:lab . .", "COPY --owner=lab:lab . .", "unknown flag: --owner"},
		"missing stage":       {"COPY --from=program /image/ /", "COPY --from=programme /image/ /", "no earlier stage"},
		"missing file":        {"COPY go.mod go.sum ./", "COPY go.mod go.work ./", "go.work"},
		"root in a service":   {"USER 1000:1000\n", "", `stage service runs as ""`},
		"root in the lab":     {"USER lab\n", "", `stage lab runs as ""`},
		"user without number": {"USER 1000:1000", "USER lab", "by number"},
		"command of a shell":  {`CMD ["lab", "--jupyter", "0.0.0.0:8888", "--exposed"]`, "CMD lab --exposed", "write CMD as an array"},
		"other entry point":   {`ENTRYPOINT ["tini", "--", "sagalab"]`, `ENTRYPOINT ["tini", "--"]`, "does not start sagalab"},
		"other default":       {"FROM golang:1.26.8-bookworm AS lab", "FROM golang:1.26.8-bookworm AS jupyter", "lab as the last"},
		"linter's warning":    {"FROM scratch AS service", "FROM scratch as service", "FromAsCasing"},
	})
}

func TestVariables(t *testing.T) {
	for text, want := range map[string]bool{"SAGALAB_FLEET: postgres://": false, "SAGALAB_FLET: postgres://": true} {
		if err := checkVariables(root, text); (err != nil) != want {
			t.Errorf("checkVariables(%q) = %v, want an error: %v", text, err, want)
		}
	}
}
