package runs

// Entry is one execution of a run without its rows.
type Entry struct {
	Info
	// Dir is where its files are.
	Dir string `json:"dir"`
}

// Entries is everything that was executed in the run, in its order. An execution
// whose process died is Interrupted, as it is when its rows are read.
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

// alive says whether a process writes to the journal in dir.
func alive(dir string) bool {
	journal, alive, err := openJournal(dir)
	if err == nil {
		journal.Close()
	}
	return alive
}
