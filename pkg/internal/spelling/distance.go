// Package spelling tells how far two words are apart, so that a misspelt name can be
// answered with the one that was meant.
package spelling

// Distance returns how many characters must be put in, left out or changed to make b of a
// (Levenshtein 1966). It takes time in proportion to the product of their lengths: bound
// what a person typed.
func Distance(a, b string) int {
	to := []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range []rune(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range to {
			changed := diagonal
			if c != to[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
