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

// wrongs are the flags by which the reference service goes wrong on purpose.
type wrongs struct {
	trouble string
	defects []string
	seed    uint64
}

func (w *wrongs) flags(c *cobra.Command) {
	c.Flags().StringVar(&w.trouble, "trouble", "", "what goes wrong inside, with --lab only: "+defect.TroubleSyntax)
	c.Flags().StringSliceVar(&w.defects, "defect", nil, "a defect to have, with --lab only; may be given several times")
	c.Flags().Uint64Var(&w.seed, "seed", 0, "what --trouble and --defect are drawn from")
}

// into sets a shop's config to what the flags say.
func (w *wrongs) into(config *shop.Config) (err error) {
	if !config.Lab && (w.trouble != "" || len(w.defects) > 0) {
		return errors.New("--trouble and --defect make the service go wrong on purpose: give --lab with them")
	}
	config.Trouble, err = defect.ParseTrouble(w.trouble)
	config.Seed = w.seed
	for _, d := range w.defects {
		config.Defects = append(config.Defects, defect.Defect(d))
	}
	return err
}

// wrongHelp lists the defects.
func wrongHelp() string {
	var b strings.Builder
	b.WriteString("For laboratories it can go wrong on purpose. Under --trouble it keeps its promises\nand only takes longer; with a --defect it breaks one, and an audit must find it:\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, d := range defect.Known() {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", d.Name, d.Rule, d.Does)
	}
	t.Flush()
	return strings.TrimRight(b.String(), "\n")
}
