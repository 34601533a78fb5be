// Package buyers says who buys what in a stage: users, products and quantities that are
// drawn from a seed (Mix), rows of a table (Feed), or a function (Func). All of them are
// purchase.Buyers.
package buyers
