package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
)

// chaosFlags are the flags that make the reference service fail on purpose.
type chaosFlags struct {
	trouble string
	defects []string
	seed    uint64
}

func (f *chaosFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.trouble, "trouble", "", "what goes wrong inside the service; requires --lab: "+defect.TroubleSyntax)
	c.Flags().StringSliceVar(&f.defects, "defect", nil, "a defect of the service; requires --lab; may be given again")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed from which --trouble and --defect are drawn")
}

// applyTo sets the flags in a service's config.
func (f *chaosFlags) applyTo(config *shop.Config) (err error) {
	if !config.Lab && (f.trouble != "" || len(f.defects) > 0) {
		return errors.New("--trouble and --defect require --lab")
	}
	config.Trouble, err = defect.ParseTrouble(f.trouble)
	config.Seed = f.seed
	for _, d := range f.defects {
		config.Defects = append(config.Defects, defect.Defect(d))
	}
	return err
}

// defectsHelp lists the defects for --help.
func defectsHelp() string {
	var b strings.Builder
	b.WriteString("With --lab it can be made to fail on purpose. Under --trouble it still keeps every rule and only\ntakes longer; with a --defect it breaks the rule named below, and an audit must find that, where\nnothing else uses the service with --sole-client:\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, d := range defect.Known() {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", d.Name, d.Rule, d.Does)
	}
	t.Flush()
	b.WriteString("\nThese lie between the processes of --participants http. The service keeps every rule until one of their calls\nfails, hangs or is delivered twice:\n\n")
	t = tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, d := range defect.Distributed() {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", d.Name, d.Rule, d.Does)
	}
	t.Flush()
	return strings.TrimRight(b.String(), "\n")
}
