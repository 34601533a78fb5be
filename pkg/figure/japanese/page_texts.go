package japanese

// ofPages are the texts that cells print, and those of an audit's table. Placeholders are
// those of language.New.
var ofPages = map[string]string{}
