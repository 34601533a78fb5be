package runs

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Overview has the figures of a stage without its rows.
type Overview struct {
	Info    Info
	Summary Summary
	Reasons []Reason // the most frequent first
	// Steps are as SummarizeSteps has them, nil where a purchase takes one request.
	Steps []StepSummary
}

// Overviews summarizes the newest execution of each stage of load, in the order of
// Stages, column by column from the disk: a million operations take 20 MB of memory,
// with Stages 750 MB. Percentiles are exact. With names, it summarizes only the
// stages of these names; names that the run does not have are ignored.
func (r Run) Overviews(names ...string) ([]Overview, error) {
	dirs, err := r.files().newest(Load)
	if err != nil {
		return nil, err
	}
	list := []Overview{}
	for _, d := range dirs {
		if len(names) > 0 && !slices.Contains(names, d.stage) {
			continue
		}
		o, err := readOverview(d.path)
		if err != nil {
			return nil, fmt.Errorf("run %s, stage %s: %w", r.ID, filepath.Base(d.path), err)
		}
		list = append(list, o)
	}
	return list, nil
}

// Overview summarizes the stage, which must be finished, as Overviews does.
func (w *Writer) Overview() (Overview, error) { return readOverview(w.Dir()) }

func readOverview(dir string) (o Overview, err error) {
	defer CatchDamage(&err)
	// in this order: see openStage
	journal, alive, journalErr := openJournal(dir)
	if journalErr == nil {
		defer journal.Close()
	}
	file, err := readStageFile(dir)
	if err != nil {
		return Overview{}, err
	}
	info, t := file.Info, &tally{}
	var steps []StepSummary
	switch {
	case info.State != Running:
		if err = file.Files.check(dir, operationsFile); err == nil {
			err = t.addStored(&storedRows{dir: dir})
		}
		if err = damagedTable(dir, operationsFile, err); err == nil {
			steps, err = readSteps(dir, file)
		}
	case journalErr == nil && alive:
		if err = t.addJournal(journal); err == nil && len(info.Steps) > 0 {
			var of stepTally
			err = of.addJournal(journal)
			steps = of.summaries(info.Steps)
		}
	default: // its process died: openStage finishes it
		var s Stage
		if s, err = openStage(dir); err == nil {
			info, t, steps = s.Info, tallyStage(s), SummarizeSteps(s)
		}
	}
	if err != nil {
		return Overview{}, err
	}
	return Overview{Info: info, Summary: t.summary(info), Reasons: t.reasons(), Steps: steps}, nil
}

// readSteps summarizes the steps of a stage that ended, where it has any.
func readSteps(dir string, file stageFile) (_ []StepSummary, err error) {
	if len(file.Steps) == 0 {
		return nil, nil
	}
	if err := damagedTable(dir, attemptsFile, file.Files.check(dir, attemptsFile)); err != nil {
		return nil, err
	}
	return SummarizeSteps(Stage{Info: file.Info, stored: &storedRows{dir: dir}}), nil
}
