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
		entries[i] = Entry{infos[i], dir}
		if infos[i].State == Running && !alive(dir) {
			entries[i].State, entries[i].Detail = Interrupted, diedDetail
		}
	}
	return entries, nil
}

// alive reports whether a process is recording the stage in dir.
func alive(dir string) bool {
	journal, alive, err := openJournal(dir)
	if err == nil {
		journal.Close()
	}
	return alive
}
