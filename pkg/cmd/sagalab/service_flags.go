package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/adapters"
	"sagalab/pkg/internal/portable"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// serviceFlags are the flags that name the service under test and say how to reach it.
type serviceFlags struct {
	api        string
	allowHosts []string
	tls        retry.TLSFiles

	adapterFile string
}

func (s *serviceFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.api, "api", os.Getenv("SAGALAB_API"), "address of the service, such as http://127.0.0.1:8000 (default: SAGALAB_API, else the reference service is started)")
	c.Flags().StringSliceVar(&s.allowHosts, "allow-host", splitHosts(os.Getenv("SAGALAB_ALLOW_HOST")), "a host other than this machine that may be put under load: HOST (any port), HOST:PORT or SCHEME://HOST[:PORT]")
	tlsFlags(c, &s.tls)
}

// tlsFlags adds the flags of https, under the names that curl has for them.
func tlsFlags(c *cobra.Command, f *retry.TLSFiles) {
	c.Flags().StringVar(&f.CACert, "cacert", "", "file (PEM) with the authorities to trust instead of the system's, for https (default: SAGALAB_CACERT)")
	c.Flags().StringVar(&f.Cert, "cert", "", "file (PEM) with the client certificate to show to the service, with --key (default: SAGALAB_CERT)")
	c.Flags().StringVar(&f.Key, "key", "", "file (PEM) with the private key of --cert, without a passphrase (default: SAGALAB_KEY)")
}

// fromEnvironment returns f with the files of the environment where no flag names one.
func fromEnvironment(f retry.TLSFiles) retry.TLSFiles {
	f.CACert = cmp.Or(f.CACert, os.Getenv("SAGALAB_CACERT"))
	f.Cert = cmp.Or(f.Cert, os.Getenv("SAGALAB_CERT"))
	f.Key = cmp.Or(f.Key, os.Getenv("SAGALAB_KEY"))
	return f
}

func splitHosts(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// endpoint returns the service's validated address; false when none is named.
func (s *serviceFlags) endpoint() (purchase.Endpoint, bool, error) {
	if s.api == "" {
		return purchase.Endpoint{}, false, nil
	}
	e, err := purchase.ParseEndpoint(s.api, s.allowHosts...)
	if errors.Is(err, purchase.ErrNotAllowed) {
		err = fmt.Errorf("%w, or give --allow-host with it", err)
	}
	return e, true, err
}

// adapterFlag adds --adapter.
func (s *serviceFlags) adapterFlag(c *cobra.Command) {
	c.Flags().StringVar(&s.adapterFile, "adapter", "", "file that says how the service is asked and what its answers mean, for one that does not implement the contract;\n'sagalab api new' writes one; or acp, the Agentic Commerce Protocol (default: the contract)")
}

// adapter returns how the service is asked: by the file of --adapter, else by the contract with
// more answers. Where no file is named, the one of the run is taken, of which recorded may be nil.
func (s *serviceFlags) adapter(answers purchase.Answers, recorded *runs.AdapterInfo) (purchase.Adapter, error) {
	file := s.adapterFile != "" || recorded != nil
	switch {
	case file && answers != nil:
		return nil, errors.New("--answer is for services of the contract; the part `means` of the adapter's file says what answers mean")
	case s.adapterFile != "":
		f, err := openAdapter(s.adapterFile)
		if err != nil {
			return nil, fmt.Errorf("--adapter: %w", err)
		}
		return f, nil
	case recorded != nil && recorded.Contents == "":
		return nil, fmt.Errorf("the run addressed the service by the Go type %s of a notebook, which this program does not have: audit it there, or give --adapter FILE", recorded.Name)
	case recorded != nil:
		f, err := portable.Parse(recorded.Name, recorded.Contents, adapters.Environment())
		if err != nil {
			return nil, fmt.Errorf("the adapter of the run: %w", err)
		}
		return f, nil
	}
	return purchase.Contract{Answers: answers}, nil
}

// openAdapter reads the file of an adapter. It opens regular files only: opening a named pipe waits until another process
// writes to it, and an interrupt does not end that wait. Errors name the file.
func openAdapter(path string) (purchase.PortableAdapter, error) {
	if path == portable.ACP {
		return portable.Open(path)
	}
	err := checkRegular(path)
	switch missing := new(fs.PathError); {
	case errors.As(err, &missing): // it has the path
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return portable.Open(path)
}

// connection returns how requests reach the service, without a policy.
func (s *serviceFlags) connection() (retry.Config, error) {
	config, err := fromEnvironment(s.tls).Config()
	return retry.Config{Header: requestHeader(), TLS: config}, err
}

// requestHeader returns the header of every request.
func requestHeader() http.Header {
	h := http.Header{"User-Agent": {"sagalab"}}
	if secret := os.Getenv("SAGALAB_AUTHORIZATION"); secret != "" {
		h.Set("Authorization", secret)
	}
	return h
}

// env returns the environment for the cells of a notebook: the service is at api, runs are in
// the directory store. own is api when this program started the service, sole when nothing
// else uses it, else both are "".
func (s *serviceFlags) env(api, store, own, sole string) ([]string, error) {
	files, err := fromEnvironment(s.tls).Absolute() // cells have another working directory
	if err != nil {
		return nil, err
	}
	env := []string{"SAGALAB_API=" + api, "SAGALAB_OWN_SERVICE=" + own, "SAGALAB_SOLE_CLIENT=" + sole, "SAGALAB_ALLOW_HOST=" + strings.Join(s.allowHosts, ","), "SAGALAB_RUNS=" + store,
		"SAGALAB_CACERT=" + files.CACert, "SAGALAB_CERT=" + files.Cert, "SAGALAB_KEY=" + files.Key}
	if program, err := os.Executable(); err == nil { // for cells that start a service of their own
		env = append(env, "SAGALAB_PROGRAM="+program)
	}
	return env, nil
}

// workerArguments returns the flags that pass these settings on to a worker process of this
// machine, which may send load to the service and nowhere else.
func (s *serviceFlags) workerArguments() (args []string) {
	if e, _, err := s.endpoint(); err == nil && s.api != "" {
		args = append(args, "--allow-host", e.Origin())
	}
	for _, f := range []struct{ flag, file string }{{"--cacert", s.tls.CACert}, {"--cert", s.tls.Cert}, {"--key", s.tls.Key}} {
		if f.file != "" {
			args = append(args, f.flag, f.file)
		}
	}
	return args
}
