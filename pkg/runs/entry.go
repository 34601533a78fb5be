package runs

// Entry describes one execution of a stage or case, without its rows.
type Entry struct {
	Info
	// Dir is the directory of its files.
	Dir string `json:"dir"`
}

// Entries lists each execution in the run, in the order of execution. One whose
// process died is Interrupted, as it is when its rows are read.
func (r Run) Entries() ([]Entry, error) {
	dirs, infos, err := r.files().executed()
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(dirs))
	for i, dir := range dirs {
		entries[i] = entryOf(dir, infos[i])
	}
	return entries, nil
}

// entryOf returns the entry of a stage in dir whose stage.json was read before.
func entryOf(dir string, info Info) Entry {
	e := Entry{info, dir}
	if info.State != Running {
		return e
	}
	if !alive(dir) {
		e.State, e.Detail = Interrupted, diedDetail
	} else if file, err := readStageFile(dir); err == nil && file.State != Running {
		e.Info = file.Info // it has ended meanwhile
	}
	return e
}

// alive reports whether a process is recording the stage in dir.
func alive(dir string) bool {
	journal, alive, err := openJournal(dir)
	if err == nil {
		journal.Close()
	}
	return alive
}
